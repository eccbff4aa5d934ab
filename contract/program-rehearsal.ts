import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { ApplicationLoad } from "./journeys";
import { ApplicationError, loadApplication } from "./load-application";
import { requireLoad } from "./require-load";

/**
 * Description for the rehearsal of a program with resources of its own, such as a `BlueGreenService`.
 *
 * `rehearsal.ts` beside Pulumi.yaml exports it as `rehearsal`:
 *
 * ```ts
 * export const rehearsal: ProgramRehearsal = {
 *   versions: ["1.4.0", "1.5.0"],
 *   load: { journeys: { browse: { steps: [{ path: "/" }] } } },
 * };
 * ```
 */
export interface ProgramRehearsal {
  /** The versions to release, oldest first. The newest one is deployed again if there are fewer than releases. */
  readonly versions: readonly string[];
  readonly load: ApplicationLoad;
  /**
   * Folder of the migration scripts, relative to the program. The setting `contractThrough` then names their contract
   * scripts.
   *
   * @default none, the release ends with the retired color
   */
  readonly migrationsDirectory?: string;
  /**
   * Files of objects in S3 that the program does not declare, by URL, such as
   * `{ "s3://releases/shop-1.4.0.js": "dist/shop-1.4.0.js" }`. Paths are relative to the program.
   *
   * @default none
   */
  readonly objects?: Readonly<Record<string, string>>;
  /**
   * Settings for the rehearsal, which override those of the stack's file: an object, or a function that receives resources
   * of another program.
   *
   * @default none
   */
  readonly settings?: RehearsalSettings | ((surroundings: Surroundings) => RehearsalSettings);
}

/** Config by key, without or with its namespace. An empty text removes a setting. */
export type RehearsalSettings = Readonly<Record<string, unknown>>;

/** A network and a shared load balancer, as the program of another team would have declared them. */
export interface Surroundings {
  readonly vpcId: string;
  /** Private subnets in two zones. */
  readonly subnetIds: readonly string[];
  readonly publicSubnetIds: readonly string[];
  readonly loadBalancerArn: string;
  /** A listener for HTTP, which answers 404 without a rule. */
  readonly listenerArn: string;
  readonly loadBalancerSecurityGroupId: string;
  /** URL of the load balancer. */
  readonly url: string;
}

const FILES = ["rehearsal.ts", "rehearsal.js"];

/**
 * Loads the export `rehearsal` of a program.
 *
 * @returns undefined if the program has no `rehearsal.ts`
 * @throws ApplicationError with all issues
 */
export function loadProgramRehearsal(programDirectory: string): ProgramRehearsal | undefined {
  const name = FILES.find((each) => existsSync(join(programDirectory, each)));
  if (name === undefined) return undefined;
  const file = resolve(programDirectory, name);
  const { rehearsal } = require(file) as { rehearsal?: ProgramRehearsal };
  const shown = relative("", file);
  if (typeof rehearsal !== "object" || rehearsal === null) {
    throw new ApplicationError(
      `${shown} must export \`rehearsal\`: versions and load. contract/program-rehearsal.ts has its type.`,
    );
  }
  const issues = rehearsalIssues(rehearsal, programDirectory);
  try {
    requireLoad(rehearsal, shown);
  } catch (error) {
    issues.push((error as Error).message);
  }
  if (issues.length > 0) throw new ApplicationError(issues.join("\n"));
  return rehearsal;
}

/** The load of a program: that of its `rehearsal.ts`, or of its application. */
export function loadOfProgram(programDirectory: string): ApplicationLoad {
  return loadProgramRehearsal(programDirectory)?.load ?? requireLoad(loadApplication(programDirectory));
}

/** Those that a `BlueGreenService` accepts, with room for the number of another deployment. */
const VERSION = /^[\w.+-]{1,37}$/;
const OBJECT_URL = /^s3:\/\/[a-z0-9][a-z0-9.-]+\/.+/;
const KEYS = ["versions", "load", "migrationsDirectory", "objects", "settings"];

function rehearsalIssues(rehearsal: ProgramRehearsal, programDirectory: string): string[] {
  const { versions, migrationsDirectory, objects = {}, settings } = rehearsal;
  const issues = Object.keys(rehearsal)
    .filter((key) => !KEYS.includes(key))
    .map((key) => `rehearsal.${key} is not a known key; known are ${KEYS.join(", ")}.`);
  const issue = (key: string, allowed: string, got: unknown) =>
    issues.push(`rehearsal.${key} must be ${allowed}, got ${JSON.stringify(got) ?? "nothing"}.`);
  if (!Array.isArray(versions) || versions.length === 0 || !versions.every((each) => VERSION.test(each)))
    issue("versions", "a list of one or more versions such as 1.4.0, oldest first", versions);
  if (migrationsDirectory !== undefined && !existsSync(join(programDirectory, String(migrationsDirectory))))
    issue("migrationsDirectory", "an existing folder, relative to the program", migrationsDirectory);
  if (typeof objects !== "object" || objects === null) issue("objects", "files by S3 URL", objects);
  for (const [url, file] of Object.entries(objects ?? {})) {
    if (!OBJECT_URL.test(url)) issue("objects", "files by a URL such as s3://bucket/key", url);
    if (typeof file !== "string" || !existsSync(resolve(programDirectory, file)))
      issue(`objects["${url}"]`, "an existing file, relative to the program", file);
  }
  if (settings !== undefined && typeof settings !== "function" && Object(settings) !== settings)
    issue("settings", "an object, or a function that returns one", settings);
  return issues;
}
