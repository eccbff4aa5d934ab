export interface Revision {
  /** As the user gave it; "working tree" for files that are not committed. */
  readonly ref: string;
  /** Absent for the working tree. */
  readonly commit?: string;
}

export interface CheckedOut extends Revision {
  readonly root: string;
  /** The program's folder below the root. It may be missing in one of the revisions. */
  readonly programDirectory: string;
  /** The root of the working tree, whose packages the revision may share. */
  readonly workingTree: string;
  readonly emptySubmodules: readonly string[];
  /** Set when its dependencies cannot be installed. */
  readonly error?: RevisionError;
}

export interface RevisionError {
  /** `rejected`: the program reports invalid config or inputs. `failed`: any other error. */
  readonly outcome: "rejected" | "failed";
  /** The step that failed: installing dependencies or running the program. */
  readonly step: "install" | "evaluate";
  readonly message: string;
  /** Stack frames in the program's own files, innermost first; empty when rejected. */
  readonly frames: readonly string[];
}
