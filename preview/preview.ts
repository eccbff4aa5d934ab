import { Revisions } from "./checkout/revisions";
import { deployedBase } from "./deployed-base";
import type { PreviewReport } from "./report/report";
import { settleBoth } from "./settle-both";

export interface PreviewOptions {
  /**
   * The revision that counts as deployed: a branch, a tag or a commit. `stack` compares with the outputs of the deployed
   * stacks and the program of the commit that they record, `stack:<revision>` with the program of a revision.
   */
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
 * Previews the update from one revision of a Pulumi program to another, without AWS or a passphrase, and without the
 * state unless the base is a deployed stack.
 *
 * @throws PreviewInputError if the revisions cannot be compared
 */
export async function preview(options: PreviewOptions): Promise<PreviewReport> {
  const { stacks, timeoutSeconds = 60 } = options;
  const { signal = new AbortController().signal, onProgress = () => undefined } = options;
  const programDirectory = options.program ?? process.cwd();
  const revisions = Revisions.open(programDirectory, signal, onProgress);
  try {
    const source = await deployedBase(options.base, { programDirectory, stacks, signal });
    const checkedOut = settleBoth([
      revisions.checkOut("--base", source.revision),
      options.head === undefined ? revisions.workingTree() : revisions.checkOut("--head", options.head),
    ]);
    // The module loads while git writes the files.
    const { previewChange } = require("./preview-change") as typeof import("./preview-change");
    const [base, head] = await checkedOut;
    const common = { timeoutSeconds, signal, onProgress };
    return await previewChange(base, head, { ...common, stacks, deployed: source.deployed?.(base, common) });
  } finally {
    await revisions.close();
  }
}
