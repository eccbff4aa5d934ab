/** A script that cannot be used; the message starts with file and line. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  constructor(
    readonly file: string,
    readonly line: number,
    problem: string,
  ) {
    super(`${file}:${line}: ${problem}`);
  }
}
