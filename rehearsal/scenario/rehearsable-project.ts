import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadProject, type Project } from "../../engine/program/project";
import { fullKey, readStackFile, stackFile } from "../../engine/program/stack-config";
import { DEFAULT_STACK } from "./open-engine";
import type { RehearsalOptions } from "./options";

/** A program that cannot be rehearsed; the message says what it needs. */
export class ProgramInputError extends Error {
  override readonly name = "ProgramInputError";
}

/**
 * Reads the project of a program, and checks before anything is started that it has the settings that a rehearsal
 * changes.
 *
 * @returns the name of the project, which is the prefix of its config keys
 * @throws ProgramInputError
 */
export function rehearsableProject({
  programDirectory,
  stack = DEFAULT_STACK,
}: Pick<RehearsalOptions, "programDirectory" | "stack">): string {
  const project = loadProject(programDirectory);
  const issues: string[] = [];
  if (stackFile(project, stack) === undefined) {
    issues.push(
      `Pulumi.${stack}.yaml must exist in ${project.stackConfigDirectory}. ` +
        "Write the settings of a trial stack into it, or name another stack with --stack.",
    );
  }
  const keys = settingKeys(project, stack);
  if (!keys.has(fullKey(project, "live"))) {
    issues.push(
      `Pulumi.yaml or Pulumi.${stack}.yaml in ${project.directory} must have the setting live. ` +
        "A rehearsal releases a version by the settings live, blueVersion and greenVersion, and reads the outputs url and " +
        "release.live: docs/bring-your-own-application.md describes them.",
    );
  }
  if (!["index.ts", "index.js"].some((name) => existsSync(join(project.directory, "app", name)))) {
    issues.push(
      `app/index.ts must exist in ${project.directory} and export \`application\`: its versions, its migrations and its ` +
        "load. `changeover init` writes an example.",
    );
  }
  if (issues.length > 0) throw new ProgramInputError(issues.join("\n"));
  return project.name;
}

function settingKeys(project: Project, stack: string): ReadonlySet<string> {
  const declared = Object.keys(project.config).map((key) => fullKey(project, key));
  return new Set([...declared, ...Object.keys(readStackFile(project, stack))]);
}
