/** The preview cannot start because of a revision, a folder, the repository or a missing tool. */
export class PreviewInputError extends Error {
  override readonly name = "PreviewInputError";
}
