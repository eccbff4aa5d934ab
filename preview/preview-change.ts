import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { EngineInputError } from "../engine/program/program-error";
import { loadProject } from "../engine/program/project";
import { versionsInUse } from "./change/application-versions";
import { checkChangedScripts, type StackGraphs } from "./change/check-scripts";
import { packageFindings } from "./change/package-changes";
import { projectFindings } from "./change/project-files";
import { isUntouched, type StackFiles, stackFiles } from "./change/stack-files";
import { deletedVersionFindings } from "./change/version-files";
import { type ChangedFile, changedFiles } from "./checkout/changed-files";
import type { CheckedOut, Revision } from "./checkout/checked-out";
import { hasProgram } from "./evaluate/evaluate-revision";
import type { StackEvaluation } from "./evaluate/evaluate-stack";
import type { FindingContent } from "./findings/finding";
import type { ChangeTopic, Finding } from "./findings/registry";
import { PreviewInputError } from "./preview-input-error";
import { previewStack, unaffectedReport } from "./preview-stack";
import { changeReport } from "./report/build-report";
import { withPlaces } from "./report/issue-places";
import type { PreviewReport, StackReport } from "./report/report";

export interface PreviewChangeOptions {
  /** @default every stack with a file; "dev" if there is none */
  readonly stacks?: readonly string[];
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
  /**
   * The evaluation that counts as deployed, for a stack.
   *
   * @default the base revision is evaluated
   */
  readonly deployed?: (stack: string) => Promise<StackEvaluation> | undefined;
}

/**
 * Evaluates both revisions for every stack, one stack after the other, and reports the changes.
 *
 * @throws PreviewInputError if neither revision has the program or a stack
 */
export async function previewChange(
  base: CheckedOut,
  head: CheckedOut,
  options: PreviewChangeOptions,
): Promise<PreviewReport> {
  const { signal } = options;
  const project = projectName(base, head);
  const known = stackFiles(base, head);
  const stacks = stackNames(options.stacks, known);
  const files = changedFiles(base, head);
  const reports: StackReport[] = [];
  const graphs: StackGraphs[] = [];
  for (const stack of stacks) {
    // A stack that was asked for is evaluated in any case.
    if (options.stacks === undefined && isUntouched(stack, files, head)) {
      reports.push(unaffectedReport(stack));
      continue;
    }
    const { report, ...evaluated } = await previewStack(base, head, { ...options, project, stack, known });
    reports.push(withIssuePlaces(report, files, head));
    graphs.push({ stack, ...evaluated });
  }
  signal.throwIfAborted();
  const scripts = await checkChangedScripts({ base, head, files, stacks: graphs, signal });
  const versions = graphs.map(({ stack, ...each }) => ({
    stack,
    versions: [each.base, each.head].flatMap((graph) => (graph ? versionsInUse(graph) : [])),
  }));
  const findings = [
    ...asFindings("config", projectFindings(base, head, files, stacks)),
    ...asFindings("scripts", scripts),
    ...asFindings("sources", await deletedVersionFindings({ base, head, files, stacks: versions, signal })),
    ...asFindings("packages", packageFindings(base, head)),
  ];
  const identity = { project, base: revisionOf(base), head: revisionOf(head), ...runbookOf(head) };
  return changeReport(identity, findings, reports);
}

function withIssuePlaces(
  report: StackReport,
  files: readonly ChangedFile[],
  { root }: CheckedOut,
): StackReport {
  const paths = files.map(({ path }) => path);
  return report.error === undefined ? report : { ...report, error: withPlaces(report.error, paths, root) };
}

/** The runbook beside the program, if it is the one whose procedures the findings name. */
function runbookOf({ root, programDirectory }: CheckedOut): { readonly runbook?: string } {
  const file = join(programDirectory, "docs", "runbook.md");
  return existsSync(file) ? { runbook: relative(root, file).split(sep).join("/") } : {};
}

function asFindings(topic: ChangeTopic, contents: readonly FindingContent[]): Finding[] {
  return contents.map((content) => ({ topic, ...content }));
}

/** Rejects stacks without a file if other stacks have one, because their names are probably mistyped. */
function stackNames(given: readonly string[] | undefined, { base, head }: StackFiles): readonly string[] {
  const known = [...new Set([...head, ...base])].sort();
  if (given === undefined) return known.length > 0 ? known : ["dev"];
  const unknown = given.filter((stack) => known.length > 0 && !known.includes(stack));
  if (unknown.length > 0) {
    const files = unknown.map((stack) => `Pulumi.${stack}.yaml`).join(", ");
    throw new PreviewInputError(
      `--stack must be one of ${known.join(", ")}, got "${unknown.join(", ")}". Neither revision has a ${files}.`,
    );
  }
  return [...new Set(given)];
}

function projectName(base: CheckedOut, head: CheckedOut): string {
  const present = [head, base].find(hasProgram);
  if (present === undefined) {
    const { workingTree, root, programDirectory } = base;
    const folder = join(workingTree, relative(root, programDirectory));
    throw new PreviewInputError(
      `--program must be a folder with a Pulumi.yaml in one of the revisions, got ${folder}. Give the program's folder, or start the preview there.`,
    );
  }
  const { programDirectory, root } = present;
  try {
    return loadProject(programDirectory).name;
  } catch (error) {
    if (error instanceof EngineInputError)
      throw new PreviewInputError(error.message.replaceAll(`${root}/`, ""));
    throw error;
  }
}

function revisionOf({ ref, commit }: CheckedOut): Revision {
  return commit === undefined ? { ref } : { ref, commit };
}
