import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import coerce from "semver/functions/coerce";
import compare from "semver/functions/compare";
import major from "semver/functions/major";
import satisfies from "semver/functions/satisfies";
import { SCHEMA_VERSIONS } from "../../aws/replacements";
import type { CheckedOut } from "../checkout/checked-out";
import { danger, type FindingContent, info, warning } from "../findings/finding";
import { enumerateUpTo } from "../wording";
import { packageVersions } from "./installed-packages";

const MAX_NAMES = 10;

interface PackageChange {
  readonly name: string;
  readonly old?: string;
  readonly next?: string;
}

/** Findings on changed versions of provider packages, the SDK, the runtime and other packages. */
export function packageFindings(base: CheckedOut, head: CheckedOut): FindingContent[] {
  const [before, after] = [packageVersions(base), packageVersions(head)];
  const changes = changedVersions(before?.versions, after?.versions);
  const providers = changes.filter(({ name }) => isProvider(name));
  const sdk = changes.filter(({ name }) => name === "@pulumi/pulumi");
  const others = changes.filter((change) => !providers.includes(change) && !sdk.includes(change));
  const place = after === undefined ? undefined : { file: after.file };
  const findings = [
    ...providers.map(providerFinding),
    ...sdk.map(sdkFinding),
    ...(others.length > 0 ? [otherPackages(others)] : []),
    ...unlockedRanges(base, head, changes, after?.versions),
  ].map((finding) => ({ place, ...finding }));
  return [...findings, ...runtimeFindings(base, head)];
}

function changedVersions(
  before: ReadonlyMap<string, string> = new Map(),
  after: ReadonlyMap<string, string> = new Map(),
): PackageChange[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .map((name) => ({ name, old: before.get(name), next: after.get(name) }))
    .filter(({ old, next }) => old !== next);
}

/** Packages of the scope, except the SDK and packages that talk to no cloud. */
function isProvider(name: string): boolean {
  const isPulumi = name.startsWith("@pulumi/") || name.startsWith("@pulumiverse/");
  return isPulumi && !["@pulumi/pulumi", "@pulumi/policy", "@pulumi/esc-sdk"].includes(name);
}

function providerFinding({ name, old, next }: PackageChange): FindingContent {
  const change = `${name} ${old ?? "none"} → ${next ?? "none"}`;
  if (next === undefined) {
    const summary = `The provider package ${change} is removed. Pulumi still needs its plugin to delete resources that the stack has.`;
    return warning("provider-version-changed", summary);
  }
  if (old === undefined) {
    return warning(
      "provider-version-changed",
      `The provider package ${change} is added.`,
      unknowns(name, next),
    );
  }
  const [from, to] = [coerce(old), coerce(next)];
  const isMajor = from !== null && to !== null && major(from) !== major(to);
  const isDowngrade = from !== null && to !== null && compare(to, from) < 0;
  const summary =
    `The provider package changes, ${change}: the update of every resource runs with the new plugin, also where this preview shows no change.` +
    (isMajor ? " It is a new major version, whose resources may differ." : "") +
    (isDowngrade ? " It is older: a state that the newer plugin wrote may be unreadable for it." : "");
  const details = unknowns(name, next);
  return isMajor || isDowngrade
    ? danger("provider-version-changed", summary, details)
    : warning("provider-version-changed", summary, details);
}

/** The facts about a provider version that the table of replacements has and lacks. */
function unknowns(name: string, version: string): string[] {
  const { pulumiAws, terraformAws } = SCHEMA_VERSIONS;
  const checked = 'Run "pulumi preview" with credentials and this version before the merge.';
  if (name !== "@pulumi/aws") {
    return [
      `This preview has no table of replacements for ${name}, so it cannot tell an update from a replacement. ${checked}`,
    ];
  }
  const found = coerce(version);
  const table = coerce(pulumiAws);
  const isKnown = found !== null && table !== null && `${found.major}.${found.minor}` === pulumiAws;
  const source = `The table of replacements is from @pulumi/aws ${pulumiAws} (Terraform AWS provider ${terraformAws})`;
  return [
    isKnown
      ? `${source}, so it knows which inputs of ${version} force a replacement.`
      : `${source}: it cannot know which inputs of ${version} force a replacement beyond those, nor types that are newer.`,
    `Not visible in any case: other defaults of the provider, upgrades of the state, and other behavior at AWS. ${checked}`,
  ];
}

function sdkFinding({ name, old, next }: PackageChange): FindingContent {
  const summary = `The Pulumi SDK changes, ${name} ${old ?? "none"} → ${next ?? "none"}. The preview ran each revision with its own SDK; the version of the Pulumi CLI is not visible.`;
  return warning("sdk-version-changed", summary);
}

function otherPackages(changes: readonly PackageChange[]): FindingContent {
  const names = changes.map(({ name, old, next }) => `${name} ${old ?? "none"} → ${next ?? "none"}`);
  const count = changes.length === 1 ? "1 other package changes" : `${changes.length} other packages change`;
  const summary = `${count}: ${enumerateUpTo(MAX_NAMES, names)}. Their effect on declared resources is compared; their behavior in functions and instances is not.`;
  return info("packages-changed", summary);
}

/** Ranges in package.json that change while the lockfile keeps the versions. */
function unlockedRanges(
  base: CheckedOut,
  head: CheckedOut,
  changes: readonly PackageChange[],
  locked: ReadonlyMap<string, string> = new Map(),
): FindingContent[] {
  const ranges = changedVersions(rangesOf(base), rangesOf(head)).filter(
    ({ name }) => !changes.some((change) => change.name === name),
  );
  const isNamed = ({ name }: PackageChange) => isProvider(name) || name === "@pulumi/pulumi";
  const named = ranges
    .filter(isNamed)
    .map(({ name, old, next }) =>
      warning(
        isProvider(name) ? "provider-version-changed" : "sdk-version-changed",
        `package.json asks for another version of ${name}, ${old ?? "none"} → ${next ?? "none"}, and the lockfile does not change. An installation without the lockfile gets another version, and "npm ci" rejects a lockfile that does not fit.`,
        next === undefined ? [] : isProvider(name) ? unknowns(name, next) : [],
      ),
    );
  const others = ranges.filter((range) => !isNamed(range) && !fits(range.next, locked.get(range.name)));
  return others.length === 0 ? named : [...named, outdatedLockfile(others, locked)];
}

/** True if the locked version is in the range. Ranges of another kind, such as URLs, are not compared. */
function fits(range: string | undefined, locked: string | undefined): boolean {
  return range === undefined || (locked !== undefined && satisfies(locked, range));
}

function outdatedLockfile(
  ranges: readonly PackageChange[],
  locked: ReadonlyMap<string, string>,
): FindingContent {
  const names = ranges.map(
    ({ name, old, next }) => `${name} ${old ?? "none"} → ${next} (locked: ${locked.get(name) ?? "none"})`,
  );
  const summary = `package.json asks for versions that the lockfile does not have: ${enumerateUpTo(MAX_NAMES, names)}. This preview ran with the versions of the lockfile, so it shows no effect of the new ones, and "npm ci" rejects the lockfile.`;
  const remediation =
    'Run "npm install", or the install command of your package manager, and commit the lockfile.';
  return { ...warning("lockfile-outdated", summary), remediation };
}

function rangesOf(revision: CheckedOut): ReadonlyMap<string, string> {
  const content = readPackage(revision);
  return new Map([
    ...Object.entries(content?.dependencies ?? {}),
    ...Object.entries(content?.devDependencies ?? {}),
  ]);
}

interface PackageFile {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly engines?: { readonly node?: string };
  readonly packageManager?: string;
}

function readPackage({ programDirectory }: CheckedOut): PackageFile | undefined {
  const file = join(programDirectory, "package.json");
  try {
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as PackageFile) : undefined;
  } catch {
    return undefined; // The evaluation reports an invalid file.
  }
}

const RUNTIME_FILES = [".nvmrc", ".node-version", ".tool-versions", "mise.toml"];

function runtimeFindings(base: CheckedOut, head: CheckedOut): FindingContent[] {
  const files = RUNTIME_FILES.flatMap((name) => {
    const [old, next] = [textOf(base, name), textOf(head, name)];
    return old === next ? [] : [`${name}: ${old ?? "none"} → ${next ?? "none"}`];
  });
  const [before, after] = [readPackage(base), readPackage(head)];
  const [old, next] = [before?.engines?.node, after?.engines?.node];
  const details = [...files, ...(old === next ? [] : [`engines.node: ${old ?? "none"} → ${next ?? "none"}`])];
  if (details.length === 0) return [];
  const summary = `The version of Node.js for the program changes. This preview ran both revisions with Node.js ${process.versions.node}, so it shows no effect of it.`;
  return [warning("runtime-changed", summary, details)];
}

function textOf({ programDirectory, root }: CheckedOut, name: string): string | undefined {
  const file = [join(programDirectory, name), join(root, name)].find((path) => existsSync(path));
  return file === undefined ? undefined : readFileSync(file, "utf8").trim().replace(/\s+/g, " ");
}
