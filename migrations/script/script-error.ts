/** A script is invalid; the message starts with file and line. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  constructor(
    readonly file: string,
    /** 1-based; 0 when the problem is in no particular line. */
    readonly line: number,
    problem: string,
  ) {
    super(line > 0 ? `${file}:${line}: ${problem}` : `${file}: ${problem}`);
  }
}
