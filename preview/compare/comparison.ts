import { forcesReplacement, mayReplace } from "../../aws/replacements";
import type { Graph, GraphResource } from "../../engine/program/graph";
import { diffGraphs, Identities } from "../../engine/program/graph-diff";
import type { Step } from "../../engine/state/step";
import { printable } from "../../engine/values/property-diff";
import { applyIgnoreChanges } from "../../engine/values/property-path";
import type { MigrationScript } from "../../migrations/script/script";

/** Settings of the provider, as `aws:region`. */
export type ProviderConfig = Readonly<Record<string, string>>;

/** Two evaluated revisions of a program, and what going from one to the other would do. */
export interface Comparison {
  readonly base: Graph;
  readonly head: Graph;
  /** In the order in which they would be made. */
  readonly steps: readonly Step[];
  /** The migration scripts that each revision's program packs. */
  readonly scripts: { readonly base: readonly MigrationScript[]; readonly head: readonly MigrationScript[] };
  /** What the stack's config tells the AWS provider: no input of any resource, and yet all of them depend on it. */
  readonly providerConfig: { readonly base: ProviderConfig; readonly head: ProviderConfig };
}

/** What was there before the first update. */
export function emptyGraph(project: string, stack: string): Graph {
  return { project, stack, resources: [], outputs: {}, placeholders: [], messages: [] };
}

/** Compares two graphs with what is known of their types. */
export function compareGraphs(
  base: Graph,
  head: Graph,
  scripts: Comparison["scripts"] = { base: [], head: [] },
  providerConfig: Comparison["providerConfig"] = { base: {}, head: {} },
): Comparison {
  const steps = diffGraphs(base, head, { replaceOn: forcesReplacement });
  return { base, head: asDeployed(base, head), steps, scripts, providerConfig };
}

/** What a resource ignores stays as it was, whatever the program says: a rule that a deployment tool turns. */
function asDeployed(base: Graph, head: Graph): Graph {
  const identities = new Identities(base);
  const resources = head.resources.map((resource) => {
    const old = identities.find(resource);
    if (old === undefined || old.read) return resource;
    const { ignoreChanges } = resource.options;
    return { ...resource, inputs: applyIgnoreChanges(resource.inputs, old.inputs, ignoreChanges) };
  });
  return { ...head, resources };
}

/** Each resource under the URN that it had in the base, so that one that an alias renames is no other one. */
export function byFormerUrn({ resources }: Graph, base: Graph): Map<string, GraphResource> {
  const identities = new Identities(base);
  return new Map(resources.map((resource) => [identities.find(resource)?.urn ?? resource.urn, resource]));
}

/** A resource's inputs as plain JSON: secrets are masked, what is unknown is `[unknown]`. */
export function plainInputs(resource: GraphResource): Record<string, unknown> {
  return printable(resource.inputs) as Record<string, unknown>;
}

export interface ProviderChanges {
  /** Where everything would be made anew somewhere else. */
  readonly regions: readonly { readonly setting: string; readonly base?: string; readonly head?: string }[];
  /** Other settings. */
  readonly others: readonly string[];
}

/** What changes of the config for AWS, and of the providers that the program declares itself. */
export function changedProviders({ base, steps, providerConfig }: Comparison): ProviderChanges {
  const isNew = !base.resources.some(({ type }) => type.startsWith("aws:"));
  if (isNew) return { regions: [], others: [] };
  const { base: olds, head: news } = providerConfig;
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  const ofConfig = keys
    .filter((key) => olds[key] !== news[key])
    .map((setting) => ({
      setting,
      isRegion: setting === "aws:region",
      base: olds[setting],
      head: news[setting],
    }));
  const ofPrograms = steps
    .filter(({ type, op }) => type === "pulumi:providers:aws" && (op === "update" || op === "replace"))
    .flatMap(({ name, changes }) =>
      changes.map(({ path, old, new: next }) => {
        const text = (value: unknown) => (value === undefined ? undefined : String(value));
        return {
          setting: `provider ${name}: ${path}`,
          isRegion: path === "region",
          base: text(old),
          head: text(next),
        };
      }),
    );
  const all = [...ofConfig, ...ofPrograms];
  const regions = all.filter(({ isRegion }) => isRegion);
  return { regions, others: all.filter(({ isRegion }) => !isRegion).map(({ setting }) => setting) };
}

/**
 * Whether a step is an update that may be a replacement, and nobody here knows.
 * @param after the resource that it makes, where its inputs may tell.
 */
export function isDoubtful({ op, type, changes }: Step, after?: GraphResource): boolean {
  if (op !== "update") return false;
  const paths = changes.map(({ path }) => path);
  // Of a block that comes or goes only the provider knows whether what is in it differs from what AWS had chosen.
  return (
    mayReplace(type, paths, after?.inputs) ||
    changes.some(({ path, kind, old, new: next }) =>
      inside(path, next ?? old).some((each) => forcesReplacement(type, each, kind)),
    )
  );
}

/** The paths of everything that a value contains, in Pulumi's notation. */
function inside(path: string, value: unknown): string[] {
  const parts: [string, unknown][] = Array.isArray(value)
    ? value.map((item, i) => [`${path}[${i}]`, item])
    : isObject(value)
      ? Object.entries(value).map(([key, item]) => [`${path}.${key}`, item])
      : [];
  return parts.flatMap(([at, item]) => [at, ...inside(at, item)]);
}

/** The step of each resource, by its URN. */
export function stepsByUrn({ steps }: Comparison): Map<string, Step> {
  return new Map(steps.map((step) => [step.urn, step]));
}

/** `aws:lb/listenerRule:ListenerRule` and `aws:alb/listenerRule:ListenerRule` are one: its last part. */
export function isAws(resource: { readonly type: string }, ...names: readonly string[]): boolean {
  return resource.type.startsWith("aws:") && names.includes(resource.type.split(":").pop() ?? "");
}

/** The items of a value that should be a list of objects. */
export function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether Pulumi will refuse a step, because what it takes away is protected. */
export function isRefused({ op, protect }: Pick<Step, "op" | "protect">): boolean {
  return protect && (op === "delete" || op === "replace");
}

/** `a, b and 7 more` */
export function listedUpTo(most: number, items: readonly string[]): string {
  const more = items.length > most ? [`${items.length - most} more`] : [];
  return listed([...items.slice(0, most), ...more]);
}

/** `a, b and c` */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
