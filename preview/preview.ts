import { Revisions } from "./checkout/revisions";
import type { PreviewReport } from "./report/report";
import { settleBoth } from "./settle-both";

export interface PreviewOptions {
  /** The revision that counts as deployed: a branch, a tag or a commit. */
  readonly base: string;
  /**
   * The revision to preview.
   *
   * @default the working tree, committed or not
   */
  readonly head?: string;
  /** @default every stack with a file; "dev" if there is none */
  readonly stacks?: readonly string[];
  /**
   * The folder of Pulumi.yaml.
   *
   * @default the current folder
   */
  readonly program?: string;
  /**
   * Longest time in seconds that a program may run without registering a resource.
   *
   * @default 60
   */
  readonly timeoutSeconds?: number;
  /** Aborts the preview. The checkouts are removed. */
  readonly signal?: AbortSignal;
  /** Receives a message before each step that may take long. */
  readonly onProgress?: (message: string) => void;
}

/**
 * Previews the update from one revision of a Pulumi program to another, without AWS, state or passphrase.
 *
 * @throws PreviewInputError if the revisions cannot be compared
 */
export async function preview(options: PreviewOptions): Promise<PreviewReport> {
  const { stacks, timeoutSeconds = 60 } = options;
  const { signal = new AbortController().signal, onProgress = () => undefined } = options;
  const revisions = Revisions.open(options.program ?? process.cwd(), signal, onProgress);
  try {
    const checkedOut = settleBoth([
      revisions.checkOut("--base", options.base),
      options.head === undefined ? revisions.workingTree() : revisions.checkOut("--head", options.head),
    ]);
    // The module loads while git writes the files.
    const { previewChange } = require("./preview-change") as typeof import("./preview-change");
    const [base, head] = await checkedOut;
    return await previewChange(base, head, { stacks, timeoutSeconds, signal, onProgress });
  } finally {
    revisions.dispose();
  }
}
