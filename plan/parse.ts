import { closest, distance } from "fastest-levenshtein";
import { planAddresses } from "../components/addresses";
import { InvalidArgumentError } from "../components/invalid";
import { type Refusal, RefusedError } from "./refusal";
import type { WantedRelease } from "./release";
import { isSetting, SETTINGS, type Setting, type Settings } from "./settings";
import { refuseRelease } from "./transition";

/** A stack's config as Pulumi hands it over: the key without the project's name, objects as JSON text. */
export type RawConfig = Readonly<Record<string, string>>;

/**
 * Reads a stack's config.
 * @param stack the stack's name, which names begin with unless `name` is set.
 * @throws RefusedError with everything that is wrong at once.
 */
export function parseSettings(raw: RawConfig, stack: string): Settings & { name: string } {
  const refusals: Refusal[] = [];
  const values: Record<string, unknown> = {};
  refuseUnknown(Object.keys(raw), Object.keys(SETTINGS), "", refusals);
  for (const [key, entry] of Object.entries(SETTINGS)) {
    values[key] = isSetting(entry)
      ? parseOne(key, entry, raw[key], refusals)
      : parseGroup(key, entry, raw[key], refusals);
  }
  if (refusals.length === 0) {
    const settings = values as Settings;
    refusals.push(...refuseTogether(settings, stack), ...refuseRelease(wantedRelease(settings)));
    if (refusals.length === 0) return { ...settings, name: settings.name ?? stack };
  }
  throw new RefusedError(refusals);
}

/** The part of the settings that says who is live with what. */
export function wantedRelease(settings: Settings): WantedRelease {
  const { live, blueVersion, greenVersion, canaryPercent, idle, contractThrough } = settings;
  return { live, versions: { blue: blueVersion, green: greenVersion }, canaryPercent, idle, contractThrough };
}

function parseOne(key: string, setting: Setting, value: unknown, refusals: Refusal[]): unknown {
  // An empty text is how `pulumi config set key ""` takes a value away.
  const parsed = setting.schema.safeParse(value === "" ? undefined : value);
  if (parsed.success) return parsed.data;
  const todo = value === undefined ? `Set it: \`pulumi config set ${key} …\`.` : undefined;
  refusals.push({ what: key, got: value, allowed: setting.allowed, todo });
  return undefined;
}

function parseGroup(
  group: string,
  entries: Readonly<Record<string, Setting>>,
  text: string | undefined,
  refusals: Refusal[],
): unknown {
  const keys = Object.keys(entries);
  const given = text === undefined || text === "" ? {} : parseObject(text);
  if (given === undefined) {
    const example = `pulumi config set --path ${group}.${keys[0]} …`;
    refusals.push({
      what: group,
      got: text,
      allowed: `an object with ${keys.join(", ")}`,
      todo: `For one of them: \`${example}\`.`,
    });
    return {};
  }
  refuseUnknown(Object.keys(given), keys, `${group}.`, refusals);
  return Object.fromEntries(
    Object.entries(entries).map(([key, setting]) => [
      key,
      parseOne(`${group}.${key}`, setting, given[key], refusals),
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

function refuseUnknown(
  keys: readonly string[],
  known: readonly string[],
  prefix: string,
  refusals: Refusal[],
) {
  for (const key of keys.filter((candidate) => !known.includes(candidate))) {
    const near = closest(key, known);
    const todo =
      distance(key.toLowerCase(), near.toLowerCase()) <= 3
        ? `Did you mean ${prefix}${near}?`
        : `Remove it: \`pulumi config rm --path ${prefix}${key}\`.`;
    refusals.push({
      what: prefix + key,
      got: "a key that nobody reads",
      allowed: `one of ${known.map((name) => prefix + name).join(", ")}`,
      todo,
    });
  }
}

/** What is wrong with settings that are each right. */
function refuseTogether(settings: Settings, stack: string): Refusal[] {
  const refusals: Refusal[] = [];
  if (settings.name === undefined && !SETTINGS.name.schema.safeParse(stack).success) {
    const todo = "Set name: `pulumi config set name …`.";
    refusals.push({ what: "name", got: `the stack's name ${stack}`, allowed: SETTINGS.name.allowed, todo });
  }
  for (const tier of ["web", "app"] as const) {
    const { minInstances, maxInstances } = settings[tier];
    if (minInstances > maxInstances) {
      refusals.push({
        what: `${tier}.maxInstances`,
        got: maxInstances,
        allowed: `${minInstances} (${tier}.minInstances) or more`,
        todo: `Raise ${tier}.maxInstances or lower ${tier}.minInstances.`,
      });
    }
  }
  refusals.push(...refuseEncryption(settings), ...refuseNetwork(settings));
  return refusals;
}

function refuseEncryption(settings: Settings): Refusal[] {
  const { domainName, hostedZoneId, certificateArn, allowPlainHttp } = settings;
  const canServeHttps =
    domainName !== undefined && (certificateArn !== undefined || hostedZoneId !== undefined);
  if (allowPlainHttp && certificateArn !== undefined) {
    return [
      {
        what: "allowPlainHttp",
        got: true,
        allowed: "false when certificateArn is set",
        todo: "Remove one of the two.",
      },
    ];
  }
  if (allowPlainHttp || canServeHttps) return [];
  return [
    {
      what: "domainName",
      got: domainName,
      allowed: "a DNS name, with hostedZoneId (a certificate is requested) or certificateArn",
      todo: "Set them, or set allowPlainHttp to true to serve users without encryption (for trials only).",
    },
  ];
}

function refuseNetwork({ network }: Settings): Refusal[] {
  const fresh = ["cidr", "zoneCount", "natGateways"] as const;
  const existing = ["publicSubnetIds", "privateSubnetIds", "databaseSubnetIds"] as const;
  if (network.vpcId !== undefined) {
    return [
      ...fresh
        .filter((key) => network[key] !== undefined)
        .map((key) => ({
          what: `network.${key}`,
          got: network[key],
          allowed: "nothing while network.vpcId is set, because it describes a new VPC",
          todo: `Remove network.${key} or network.vpcId.`,
        })),
      ...existing
        .filter((key) => network[key] === undefined)
        .map((key) => ({
          what: `network.${key}`,
          got: undefined,
          allowed: "two subnets or more of the existing VPC",
          todo: `Set network.${key}.`,
        })),
    ];
  }
  const stray = existing.filter((key) => network[key] !== undefined);
  if (stray.length > 0) {
    return stray.map((key) => ({
      what: `network.${key}`,
      got: network[key],
      allowed: "nothing without network.vpcId",
      todo: "Set network.vpcId too, or remove the subnets for a new VPC.",
    }));
  }
  try {
    planAddresses("network.cidr", network.cidr ?? "10.0.0.0/16", network.zoneCount ?? 2);
    return [];
  } catch (error) {
    if (error instanceof InvalidArgumentError) return [error.refusal];
    throw error;
  }
}
