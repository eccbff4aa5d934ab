import { closest } from "../../components/validation/closest";
import { Words } from "../../components/validation/invalid-argument";
import type { WantedRelease } from "../plan/release-context";
import { refuseRelease } from "../plan/validate-transition";
import { type Refusal, RefusedError } from "../validation-error";
import { COMBINATIONS, type Combination } from "./cross-field-checks";
import { isSetting, SETTINGS, type Setting, type Settings, settingRows } from "./settings";

/** A stack's config as Pulumi hands it over: the key without the project's name, objects as JSON text. */
export type RawConfig = Readonly<Record<string, string>>;

/**
 * Reads a stack's config.
 * @param stack the stack's name, which names begin with unless `name` is set.
 * @param encrypted keys whose values are, at least in part, encrypted.
 * @throws RefusedError with everything that is wrong at once.
 */
export function parseSettings(
  raw: RawConfig,
  stack: string,
  encrypted: readonly string[] = [],
): Settings & { name: string } {
  const found: Finding[] = findUnknown(Object.keys(raw), Object.keys(SETTINGS), "");
  const values: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(SETTINGS)) {
    if (encrypted.includes(key)) {
      found.push(findEncrypted(key, entry));
      values[key] = {};
      continue;
    }
    values[key] = isSetting(entry)
      ? parseOne(key, entry, raw[key], found)
      : parseGroup(key, entry, raw[key], found);
  }
  // Only right as far as nothing was found; what follows reads no key that something was found for.
  const settings = values as Settings;
  const doubtful = found.flatMap(({ key }) => key ?? []);
  const refusals = found.map(({ refusal }) => refusal);
  for (const { reads, refuse } of [...COMBINATIONS, RELEASE]) {
    const isDoubtful = reads.some((read) =>
      doubtful.some((key) => key === read || key.startsWith(`${read}.`)),
    );
    if (!isDoubtful) refusals.push(...refuse(settings, stack));
  }
  if (refusals.length > 0) throw new RefusedError(refusals);
  return { ...settings, name: settings.name ?? stack };
}

/** The part of the settings that says who is live with what. */
export function wantedRelease(settings: Settings): WantedRelease {
  const { live, blueVersion: blue, greenVersion: green, canaryPercent, idle, contractThrough } = settings;
  const { maxMigrationInvocations } = settings;
  return { live, versions: { blue, green }, canaryPercent, idle, contractThrough, maxMigrationInvocations };
}

const RELEASE: Combination = {
  reads: ["live", "blueVersion", "greenVersion", "canaryPercent", "idle"],
  refuse: (settings) => refuseRelease(wantedRelease(settings)),
};

/** Something wrong, and the known key whose value is therefore in doubt. */
interface Finding {
  readonly refusal: Refusal;
  readonly key?: string;
}

function parseOne(key: string, setting: Setting, value: unknown, found: Finding[]): unknown {
  // An empty text is how `pulumi config set key ""` takes a value away.
  const given = value === "" ? undefined : value;
  const parsed = setting.schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const { allowed } = setting;
  found.push({ key, refusal: { what: key, got: asTyped(given), allowed, todo: howToSet(key, setting) } });
  return undefined;
}

/** A stack's top-level values are always text: a number is shown as the number that somebody typed. */
function asTyped(value: unknown): unknown {
  return typeof value === "string" && /^-?[\d.]+$/.test(value) ? new Words(value) : value;
}

function howToSet(key: string, { isList }: Pick<Setting, "isList">): string {
  const path = isList ? `'${key}[0]'` : key;
  return `Set ${isList ? "the first" : "it"}: \`pulumi config set ${key.includes(".") ? "--path " : ""}${path} …\`.`;
}

function parseGroup(
  group: string,
  entries: Readonly<Record<string, Setting>>,
  text: string | undefined,
  found: Finding[],
): unknown {
  const keys = Object.keys(entries);
  const given = text === undefined || text === "" ? {} : parseObject(text);
  if (given === undefined) {
    const todo = `Remove it, and set one of them: \`pulumi config set --path ${group}.${keys[0]} …\`.`;
    const refusal = { what: group, got: asTyped(text), allowed: `an object with ${keys.join(", ")}`, todo };
    found.push({ key: group, refusal });
    return {};
  }
  found.push(...findUnknown(Object.keys(given), keys, `${group}.`));
  return Object.fromEntries(
    Object.entries(entries).map(([key, setting]) => [
      key,
      parseOne(`${group}.${key}`, setting, given[key], found),
    ]),
  );
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Settings become names, sizes and addresses, which everybody reads who may see a preview. */
function findEncrypted(key: string, entry: Setting | Readonly<Record<string, Setting>>): Finding {
  const path = isSetting(entry) ? key : `--path ${key}.…`;
  const refusal = {
    what: key,
    got: new Words(isSetting(entry) ? "an encrypted value" : "an object with an encrypted value"),
    allowed: "a plain value, because previews and the state show what it says",
    todo: `Set it in clear: \`pulumi config set --plaintext ${path} …\`.`,
  };
  return { key, refusal };
}

/** The value is not shown: it may be a secret that landed under a wrong key. */
function findUnknown(keys: readonly string[], known: readonly string[], prefix: string): Finding[] {
  return keys
    .filter((key) => !known.includes(key))
    .map((unknown) => {
      const what = prefix + unknown;
      const remove = `\`pulumi config rm ${prefix ? "--path " : ""}${what}\``;
      const nested = settingRows().find(([key]) => key === what);
      const near = nested ? unknown : closest(unknown, known);
      const meant = near && prefix + near;
      let todo = `Remove it: ${remove}.`;
      if (nested) todo = `${howToSet(...nested)} Then remove this one: ${remove}.`;
      const allowed = `one of ${known.map((key) => prefix + key).join(", ")}`;
      // What was probably meant stands before the list, which is long.
      const hint = meant === undefined || nested ? "" : ` (did you mean ${meant}?)`;
      const got = new Words(nested ? "a key with a dot in its name" : `a key that no setting has${hint}`);
      return { key: meant, refusal: { what, got, allowed, todo } };
    });
}
