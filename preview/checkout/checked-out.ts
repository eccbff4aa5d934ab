import type { RejectionIssue } from "../../engine/program/protocol";
import type { FilePlace } from "./file-place";

export interface Revision {
  /** The ref as the user wrote it, or "working tree" for files that are not committed. */
  readonly ref: string;
  /** Hash of the commit. Absent for the working tree. */
  readonly commit?: string;
}

export interface CheckedOut extends Revision {
  readonly root: string;
  /** Folder of the program inside the root. It may be missing in one of the two revisions. */
  readonly programDirectory: string;
  /** Root of the working tree. The revision may use its installed packages. */
  readonly workingTree: string;
  readonly emptySubmodules: readonly string[];
  /** Set if the revision's dependencies cannot be installed. */
  readonly error?: RevisionError;
}

/** An issue with the file that it names. */
export interface PlacedIssue extends RejectionIssue {
  readonly place?: FilePlace;
}

export interface RevisionError {
  /** `rejected`: the program reports invalid config or inputs. `failed`: any other error. */
  readonly outcome: "rejected" | "failed";
  /** The step that failed: installing dependencies or running the program. */
  readonly step: "install" | "evaluate";
  readonly message: string;
  /** The reasons of a rejection, one by one; empty if it failed. */
  readonly issues: readonly PlacedIssue[];
  /** Stack frames in the program's own files, innermost first; empty when rejected. */
  readonly frames: readonly string[];
}
