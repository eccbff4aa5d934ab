import type { Comparison } from "./comparison";

export interface ProviderSettingChange {
  readonly setting: string;
  readonly base?: string;
  readonly head?: string;
}

export interface ProviderChanges {
  /** Changes of the region. Every regional resource would be created again in the new region. */
  readonly regions: readonly ProviderSettingChange[];
  readonly otherSettings: readonly string[];
}

/** Finds changes of the AWS provider's settings, in the stack's config and in providers that the program declares. */
export function providerChanges({ base, steps, providerConfig }: Comparison): ProviderChanges {
  if (!base.resources.some(({ type }) => type.startsWith("aws:"))) return { regions: [], otherSettings: [] };
  const { base: olds, head: news } = providerConfig;
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
  const configured = keys
    .filter((key) => olds[key] !== news[key])
    .map((setting) => ({
      ...{ setting, base: olds[setting], head: news[setting] },
      isRegion: setting === "aws:region",
    }));
  const declared = steps
    .filter(({ type, op }) => type === "pulumi:providers:aws" && (op === "update" || op === "replace"))
    .flatMap(({ name, changes }) =>
      changes.map(({ path, old, new: next }) => ({
        ...{ setting: `provider ${name}: ${path}`, base: optionalText(old), head: optionalText(next) },
        isRegion: path === "region",
      })),
    );
  const all = [...configured, ...declared];
  const otherSettings = all.filter(({ isRegion }) => !isRegion).map(({ setting }) => setting);
  return { regions: all.filter(({ isRegion }) => isRegion), otherSettings };
}

function optionalText(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}
