import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadProject, type Project } from "../../engine/program/project";
import { fullKey, readStackFile, stackFile } from "../../engine/program/stack-config";
import { DEFAULT_STACK } from "./open-engine";
import type { RehearsalOptions } from "./options";

export interface RehearsableProject {
  /** The prefix of the project's config keys. */
  readonly name: string;
  /** True if the program has the setting `allowPlainHttp`, and so serves HTTPS with a domain. */
  readonly hasDomain: boolean;
}

/** A program that cannot be rehearsed; the message says what it needs. */
export class ProgramInputError extends Error {
  override readonly name = "ProgramInputError";
}

/**
 * Reads the project of a program, and checks before anything is started that it has the settings that a rehearsal
 * changes.
 *
 * @throws ProgramInputError
 */
export function rehearsableProject({
  programDirectory,
  stack = DEFAULT_STACK,
}: Pick<RehearsalOptions, "programDirectory" | "stack">): RehearsableProject {
  const project = loadProject(programDirectory);
  const issues: string[] = [];
  if (stackFile(project, stack) === undefined) {
    issues.push(
      `Pulumi.${stack}.yaml must exist in ${project.stackConfigDirectory}. ` +
        "Write the settings of a trial stack into it, or name another stack with --stack.",
    );
  }
  const keys = settingKeys(project, stack);
  const has = (...names: string[]) => names.some((name) => existsSync(join(project.directory, name)));
  const isOwn = has("rehearsal.ts", "rehearsal.js");
  if (!isOwn && !keys.has(fullKey(project, "live"))) {
    issues.push(
      `Pulumi.yaml or Pulumi.${stack}.yaml in ${project.directory} must have the setting live. ` +
        "A rehearsal releases a version by the settings live, blueVersion and greenVersion, and reads the outputs url and " +
        "release.live: docs/bring-your-own-application.md describes them.",
    );
  }
  if (!isOwn && !has("app/index.ts", "app/index.js")) {
    issues.push(
      `rehearsal.ts must exist in ${project.directory} and export \`rehearsal\` with the versions and the load of a program ` +
        "with resources of its own, or app/index.ts and export `application`: `changeover init` writes an example of it.",
    );
  }
  if (issues.length > 0) throw new ProgramInputError(issues.join("\n"));
  return { name: project.name, hasDomain: keys.has(fullKey(project, "allowPlainHttp")) };
}

function settingKeys(project: Project, stack: string): ReadonlySet<string> {
  const declared = Object.keys(project.config).map((key) => fullKey(project, key));
  return new Set([...declared, ...Object.keys(readStackFile(project, stack))]);
}
