/** A place in a file of the head revision. */
export interface FilePlace {
  /** Path relative to the root of the repository, with `/`. */
  readonly file: string;
  /** Line from 1. Absent if the whole file is meant. */
  readonly line?: number;
}
