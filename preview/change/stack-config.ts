import { EngineInputError } from "../../engine/program/program-error";
import { loadProject } from "../../engine/program/project";
import { loadStackConfig, type ProgramConfig } from "../../engine/program/stack-config";
import { diffValues, toPropertyChange } from "../../engine/values/property-diff";
import type { Value } from "../../engine/values/values";
import type { CheckedOut } from "../checkout/checked-out";
import { type FindingContent, info } from "../findings/finding";
import { enumerateUpTo } from "../wording";

const MAX_NAMES = 6;
const MAX_VALUE_CHARACTERS = 80;

/**
 * Lists the config values of a stack that change, by the stack's file or by a default in Pulumi.yaml. Secrets are
 * named without their values.
 *
 * @param deployed settings that count instead of those of the base's file
 */
export function configFinding(
  base: CheckedOut,
  head: CheckedOut,
  stack: string,
  deployed: Readonly<Record<string, string | undefined>> = {},
): FindingContent | undefined {
  const [before, after] = [configOf(base, stack, deployed), configOf(head, stack)];
  if (before === undefined || after === undefined) return undefined;
  const keys = [...new Set([...Object.keys(before.values), ...Object.keys(after.values)])].sort();
  const changed = keys.filter((key) => before.values[key] !== after.values[key]);
  if (changed.length === 0) return undefined;
  const details = changed.flatMap((key) => valueChanges(key, before, after));
  const summary = `Config changes: ${enumerateUpTo(MAX_NAMES, changed.map(shortKey))}.`;
  return info("config-changed", summary, details);
}

/** The config of a stack; undefined if it is invalid, which the evaluation reports. */
function configOf(
  { programDirectory }: CheckedOut,
  stack: string,
  overrides: Readonly<Record<string, string | undefined>> = {},
): ProgramConfig | undefined {
  try {
    return loadStackConfig(loadProject(programDirectory), stack, { overrides, encrypted: "placeholder" });
  } catch (error) {
    if (error instanceof EngineInputError) return undefined;
    throw error;
  }
}

/** The project's own keys need no namespace. */
function shortKey(key: string): string {
  return key.replace(/^[^:]+:/, (namespace) => (namespace === "aws:" ? namespace : ""));
}

function valueChanges(key: string, before: ProgramConfig, after: ProgramConfig): string[] {
  const name = shortKey(key);
  if ([before, after].some(({ secretKeys }) => secretKeys.includes(key))) {
    return [`${name}: a secret ${kindOf(before.values[key], after.values[key])}`];
  }
  const olds = { [name]: parsed(before.values[key]) };
  const news = { [name]: parsed(after.values[key]) };
  return diffValues(withoutUndefined(olds), withoutUndefined(news)).map((change) => {
    const { path, old, new: next } = toPropertyChange(change, false);
    return `${path}: ${shown(old)} → ${shown(next)}`;
  });
}

function kindOf(old: string | undefined, next: string | undefined): string {
  return old === undefined ? "is added" : next === undefined ? "is removed" : "changes";
}

function parsed(text: string | undefined): Value | undefined {
  if (text === undefined || !/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as Value;
  } catch {
    return text;
  }
}

function withoutUndefined(values: Record<string, Value | undefined>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, Value] => entry[1] !== undefined),
  );
}

function shown(value: unknown): string {
  if (value === undefined) return "not set";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MAX_VALUE_CHARACTERS ? `${text.slice(0, MAX_VALUE_CHARACTERS)}…` : text;
}
