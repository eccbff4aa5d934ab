import { existsSync } from "node:fs";
import { basename, join, posix, relative, sep } from "node:path";
import type { Graph } from "../../engine/program/graph";
import type { ChangedFile } from "../checkout/changed-files";
import type { CheckedOut } from "../checkout/checked-out";
import { migrationScriptFiles } from "../evaluate/migration-scripts";
import { type FindingContent, warning } from "../findings/finding";
import { applicationVersions, appliedScripts, deployedVersions, versionsInUse } from "./application-versions";
import { folderOf, type ScriptChange, scriptChanges } from "./script-changes";
import { type StackFacts, scriptFindings } from "./script-findings";
import { checkFolder, checkPlainFolder, type FolderReport, hasOwnScripts } from "./script-folder";

/** The evaluated graphs of one stack; missing where a revision was not evaluated. */
export interface StackGraphs {
  readonly stack: string;
  readonly base?: Graph;
  readonly head?: Graph;
}

interface ChangedScripts {
  readonly base: CheckedOut;
  readonly head: CheckedOut;
  readonly files: readonly ChangedFile[];
  readonly stacks: readonly StackGraphs[];
  readonly signal: AbortSignal;
}

/** Checks every migration script in the change, also those that no previewed stack deploys yet. */
export async function checkChangedScripts(change: ChangedScripts): Promise<FindingContent[]> {
  const { base, head, files, stacks, signal } = change;
  const packed = packedFolders(head, base, stacks);
  const changes = scriptChanges(files, { base: base.root, head: head.root }, packed);
  if (changes.length === 0) return [];
  const application = await applicationVersions(head, signal);
  signal.throwIfAborted();
  const deployed = stacks.flatMap((each) =>
    [each.base, each.head].flatMap((graph) => (graph ? deployedVersions(graph) : [])),
  );
  // The deployed queries of a version take precedence over those of the sources.
  const versions = [
    ...new Map([...application.versions, ...deployed].map((each) => [each.version, each])).values(),
  ];
  const facts = stacks.filter(({ base: before, head: after }) => before ?? after).map(factsOf);
  const found: FindingContent[] = [];
  for (const [folder, group] of byFolder(changes, head)) {
    const isPacked = packed.includes(folder);
    const directory = join(head.root, folder);
    const report = await reportOn(directory, isPacked || packed.length === 0 ? versions : []);
    for (const each of group) {
      const localName = posix.relative(folder, each.path);
      const isApplied = isPacked || packed.length === 0;
      const isOwnFormat = isPacked || hasOwnScripts(directory);
      const context = { stacks: isPacked ? facts : [], isApplied, isOwnFormat };
      found.push(...scriptFindings(each, report, context, localName));
    }
    if (application.problem !== undefined && isPacked) {
      const summary = `The queries of the application's versions could not be read, so those of ${folder} are checked with deployed versions only: ${application.problem}.`;
      found.push(warning("script-unchecked", summary));
    }
  }
  return found;
}

function factsOf({ stack, base, head }: StackGraphs): StackFacts {
  const graphs = [base, head].filter((graph) => graph !== undefined);
  return {
    stack,
    versions: [...new Set(graphs.flatMap(versionsInUse))],
    // The base counts as deployed, so its scripts are applied; those of the head are not yet.
    applied: base === undefined ? {} : appliedScripts(base),
  };
}

/** The folders of the scripts that the stacks pack into a function, relative to the root. */
function packedFolders(head: CheckedOut, base: CheckedOut, stacks: readonly StackGraphs[]): string[] {
  const folders = stacks.flatMap((each) => [
    ...(each.head ? migrationScriptFiles(each.head).map((file) => repositoryPath(file, head)) : []),
    ...(each.base ? migrationScriptFiles(each.base).map((file) => repositoryPath(file, base)) : []),
  ]);
  return [...new Set(folders.filter((path) => path !== undefined).map(folderOf))];
}

function repositoryPath(file: string, { root }: CheckedOut): string | undefined {
  const path = relative(root, file);
  return path.startsWith("..") ? undefined : path.split(sep).join("/");
}

function byFolder(changes: readonly ScriptChange[], head: CheckedOut): Map<string, ScriptChange[]> {
  const groups = new Map<string, ScriptChange[]>();
  for (const change of changes) {
    const folder = rootFolder(folderOf(change.path), head);
    groups.set(folder, [...(groups.get(folder) ?? []), change]);
  }
  return groups;
}

/** The folder that is read as a whole: other tools have folders below their folder of migrations. */
function rootFolder(folder: string, { root }: CheckedOut): string {
  if (hasOwnScripts(join(root, folder))) return folder;
  for (let parent = folder; parent !== "." && parent !== ""; parent = folderOf(parent)) {
    if (/^(migrations?|migrate|flyway)$/i.test(basename(parent))) return parent;
  }
  return folder;
}

async function reportOn(
  directory: string,
  versions: Parameters<typeof checkFolder>[1],
): Promise<FolderReport> {
  if (!existsSync(directory)) return checkFolder(directory, versions);
  return hasOwnScripts(directory) ? checkFolder(directory, versions) : checkPlainFolder(directory);
}
