/** A preview cannot start: a revision, a folder, the repository or a tool does not allow it. */
export class PreviewInputError extends Error {
  override readonly name = "PreviewInputError";
}
