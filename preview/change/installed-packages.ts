import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { isObject } from "../../aws/json-input";
import type { CheckedOut } from "../checkout/checked-out";

/** Versions by package name; undefined if no file names them. */
export interface PackageVersions {
  readonly versions: ReadonlyMap<string, string>;
  /** The file that names them, relative to the root: a lockfile, or package.json with ranges. */
  readonly file: string;
}

/** Reads the versions from the nearest lockfile of the program, or the ranges of its package.json. */
export function packageVersions({ root, programDirectory }: CheckedOut): PackageVersions | undefined {
  for (let folder = programDirectory; ; folder = dirname(folder)) {
    for (const [name, read] of READERS) {
      const file = join(folder, name);
      const versions = existsSync(file) ? read(readFileSync(file, "utf8")) : undefined;
      if (versions !== undefined) return { versions, file: file.slice(root.length + 1) };
    }
    if (folder === root || folder === dirname(folder)) return undefined;
  }
}

type Reader = (text: string) => ReadonlyMap<string, string> | undefined;

const READERS: readonly (readonly [file: string, read: Reader])[] = [
  ["package-lock.json", readNpmLock],
  ["npm-shrinkwrap.json", readNpmLock],
  ["pnpm-lock.yaml", readPnpmLock],
  ["yarn.lock", readYarnLock],
  ["package.json", readRanges],
];

function readNpmLock(text: string): ReadonlyMap<string, string> | undefined {
  const packages = parseJson(text)?.packages;
  if (!isObject(packages)) return undefined;
  // Packages below another package are its own copies, which the program does not import.
  return collect(
    Object.entries(packages).map(([path, entry]) => [
      /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1],
      isObject(entry) ? entry.version : undefined,
    ]),
  );
}

function readPnpmLock(text: string): ReadonlyMap<string, string> | undefined {
  const lock: unknown = parse(text);
  const importers = isObject(lock) && isObject(lock.importers) ? Object.values(lock.importers) : [lock];
  const entries = importers.flatMap((each) =>
    isObject(each)
      ? ["dependencies", "devDependencies", "optionalDependencies"].flatMap((key) => {
          const group = each[key];
          return isObject(group) ? Object.entries(group) : [];
        })
      : [],
  );
  return collect(
    entries.map(([name, entry]) => {
      const version = isObject(entry) ? entry.version : entry;
      // A suffix in brackets names the versions of peer dependencies.
      return [name, typeof version === "string" ? version.replace(/\(.*/, "") : undefined];
    }),
  );
}

function readYarnLock(text: string): ReadonlyMap<string, string> | undefined {
  const entries = text.matchAll(
    /^"?((?:@[^/\s"]+\/)?[^@\s"]+)@[^\n]*:\n(?: {2}[^\n]*\n)*? {2}version:? "?([^"\s]+)"?/gm,
  );
  return collect([...entries].map(([, name, version]) => [name, version]));
}

function readRanges(text: string): ReadonlyMap<string, string> | undefined {
  const content = parseJson(text);
  const groups = [content?.dependencies, content?.devDependencies].filter(isObject);
  return groups.length === 0 ? undefined : collect(groups.flatMap((group) => Object.entries(group)));
}

function collect(entries: readonly (readonly [unknown, unknown])[]): Map<string, string> {
  return new Map(
    entries.filter(
      (entry): entry is [string, string] => typeof entry[0] === "string" && typeof entry[1] === "string",
    ),
  );
}

function parseJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
