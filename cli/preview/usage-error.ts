/** Something asked for that cannot be done here: a ref, a folder, an option, a tool that is missing. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
