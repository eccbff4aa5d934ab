import { existsSync } from "node:fs";
import { join } from "node:path";
import { EngineInputError } from "../../engine/program/program-error";
import { readYaml } from "../../engine/program/project";
import type { ChangedFile } from "../checkout/changed-files";
import type { CheckedOut } from "../checkout/checked-out";
import { danger, type FindingContent, warning } from "../findings/finding";
import { enumerate } from "../wording";
import { isPulumiFile, stackOfFile } from "./stack-files";

/** Keys of Pulumi.yaml that the preview evaluates, or that change nothing in a stack. */
const WITHOUT_EFFECT = ["config", "description", "author", "website", "license", "template"];
const SECRETS_KEYS = ["secretsprovider", "encryptedkey", "encryptionsalt"];

/** Findings on changed files of Pulumi: stacks that are not previewed, other programs, and settings of the project. */
export function projectFindings(
  base: CheckedOut,
  head: CheckedOut,
  files: readonly ChangedFile[],
  previewed: readonly string[],
): FindingContent[] {
  return files
    .filter(({ path, formerPath }) => isPulumiFile(path) || isPulumiFile(formerPath ?? ""))
    .flatMap((file): FindingContent[] => {
      const place = file.change === "deleted" ? undefined : { file: file.path };
      const stack = stackOfFile(file, head) ?? stackOfFile({ path: file.formerPath ?? "" }, head);
      const findings =
        stack !== undefined
          ? stackFileFindings(stack, file, { base, head }, previewed)
          : isProjectFile(file, head)
            ? projectFileFindings(base, head)
            : [otherProgram(file)];
      return findings.map((finding) => ({ place, ...finding }));
    });
}

function stackFileFindings(
  stack: string,
  file: ChangedFile,
  revisions: { readonly base: CheckedOut; readonly head: CheckedOut },
  previewed: readonly string[],
): FindingContent[] {
  const findings: FindingContent[] = [];
  if (!previewed.includes(stack)) {
    const summary = `The config of the stack ${stack} changes (${file.path}), and this stack is not previewed: its effect is unknown. Add --stack ${stack}.`;
    findings.push(warning("stack-not-previewed", summary));
  }
  const [before, after] = [
    yamlOf(join(revisions.base.root, file.formerPath ?? file.path)),
    yamlOf(join(revisions.head.root, file.path)),
  ];
  const changed = SECRETS_KEYS.filter(
    (key) => JSON.stringify(before?.[key]) !== JSON.stringify(after?.[key]),
  );
  if (before !== undefined && after !== undefined && changed.length > 0) {
    const summary = `The encryption of the config of ${stack} changes (${enumerate(changed)}). A preview decrypts nothing, so it cannot tell whether the values still decrypt: run "pulumi config --stack ${stack}" with the credentials.`;
    findings.push(warning("secrets-provider-changed", summary));
  }
  return findings;
}

function isProjectFile({ path }: ChangedFile, { root, programDirectory }: CheckedOut): boolean {
  return ["Pulumi.yaml", "Pulumi.yml"].some((name) => join(root, path) === join(programDirectory, name));
}

function otherProgram({ path }: ChangedFile): FindingContent {
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
  const summary = `${path} changes and belongs to another program, which is not previewed. Preview it with --program ${folder}.`;
  return warning("stack-not-previewed", summary);
}

function projectFileFindings(base: CheckedOut, head: CheckedOut): FindingContent[] {
  const [before, after] = [projectYaml(base), projectYaml(head)];
  if (before === undefined || after === undefined) return [];
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !WITHOUT_EFFECT.includes(key))
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  const findings: FindingContent[] = [];
  if (changed.includes("name")) {
    const summary = `The project is renamed, ${String(before.name)} → ${String(after.name)}: its stacks have other names in the backend, so an update would create everything anew. Rename the stacks with "pulumi stack rename" first.`;
    findings.push(danger("project-changed", summary));
  }
  if (changed.includes("runtime")) {
    const summary = `The options of the language runtime change in Pulumi.yaml, ${JSON.stringify(before.runtime)} → ${JSON.stringify(after.runtime)}. The preview runs the program with its own Node.js and does not apply them.`;
    findings.push(warning("runtime-changed", summary));
  }
  const others = changed.filter((key) => key !== "name" && key !== "runtime");
  if (others.length > 0) {
    const details = others.map((key) => `${key}: ${shown(before[key])} → ${shown(after[key])}`);
    const summary = `Pulumi.yaml changes in ${enumerate(others)}, whose effect this preview does not show.`;
    findings.push(warning("project-changed", summary, details));
  }
  return findings;
}

function projectYaml({ programDirectory }: CheckedOut): Record<string, unknown> | undefined {
  return yamlOf(join(programDirectory, "Pulumi.yaml")) ?? yamlOf(join(programDirectory, "Pulumi.yml"));
}

/** The content of a file; undefined if it is missing or invalid, which the evaluation reports. */
function yamlOf(file: string): Record<string, unknown> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return readYaml(file);
  } catch (error) {
    if (error instanceof EngineInputError) return undefined;
    throw error;
  }
}

function shown(value: unknown): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}
