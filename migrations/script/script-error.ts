/** Thrown for an invalid script. The message begins with file and line. */
export class ScriptError extends Error {
  override readonly name: string = "ScriptError";
  constructor(
    readonly file: string,
    /** Line in the file, from 1. 0 if the problem concerns the whole file. */
    readonly line: number,
    problem: string,
  ) {
    super(line > 0 ? `${file}:${line}: ${problem}` : `${file}: ${problem}`);
  }
}

const MAX_SHOWN = 50;

/** Thrown for several problems. The message has a line for each, and file and line are those of the first. */
class ScriptErrors extends ScriptError {
  constructor(first: ScriptError, all: readonly ScriptError[]) {
    super(first.file, first.line, "");
    const lines = all.slice(0, MAX_SHOWN).map(({ message }) => message);
    if (all.length > MAX_SHOWN) lines.push(`and ${all.length - MAX_SHOWN} more.`);
    this.message = lines.join("\n");
  }
}

/** Calls the function for each item, also after an error. @throws ScriptError with the problems of all items */
export function forEachScript<Item, Result>(
  items: readonly Item[],
  read: (item: Item, index: number) => Result,
): Result[] {
  const errors: ScriptError[] = [];
  const results = items.flatMap((item, index) => {
    try {
      return [read(item, index)];
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      errors.push(error);
      return [];
    }
  });
  const [first] = errors;
  if (first) throw errors.length === 1 ? first : new ScriptErrors(first, errors);
  return results;
}
