/** Thrown for an invalid script. The message begins with file and line. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  constructor(
    readonly file: string,
    /** Line in the file, from 1. 0 if the problem concerns the whole file. */
    readonly line: number,
    problem: string,
  ) {
    super(line > 0 ? `${file}:${line}: ${problem}` : `${file}: ${problem}`);
  }
}
