import { Revisions } from "./checkout/revisions";
import { settled } from "./common/settle-both";
import type { Report } from "./report/report";

export interface PreviewOptions {
  /** The revision that is deployed, or would be: a branch, a tag or a commit. */
  readonly base: string;
  /** The revision that is looked at. Default: the working tree, committed or not. */
  readonly head?: string;
  /** Default: `dev`. */
  readonly stack?: string;
  /** The folder of Pulumi.yaml. Default: where the process runs. */
  readonly program?: string;
  /** Longest time that a program may go on without asking for a resource. Default 60. */
  readonly timeoutSeconds?: number;
  /** Ends everything; what was checked out is taken away. */
  readonly signal?: AbortSignal;
  /** Hears what takes long. */
  readonly say?: (message: string) => void;
}

/**
 * Says what going from one revision of a Pulumi program to another would do: no cloud, no state, no passphrase.
 * @throws PreviewInputError for what cannot be compared, before anything is evaluated.
 */
export async function preview(options: PreviewOptions): Promise<Report> {
  const { stack = "dev", timeoutSeconds = 60 } = options;
  const { signal = new AbortController().signal, say = () => undefined } = options;
  const revisions = Revisions.open(options.program ?? process.cwd(), signal, say);
  try {
    const checkedOut = settled([
      revisions.checkOut("--base", options.base),
      options.head === undefined ? revisions.workingTree() : revisions.checkOut("--head", options.head),
    ]);
    // It is loaded while git writes the files.
    const { compareRevisions } = require("./compare-revisions") as typeof import("./compare-revisions");
    const [base, head] = await checkedOut;
    return await compareRevisions(base, head, { stack, timeoutSeconds, signal, say });
  } finally {
    revisions.dispose();
  }
}
