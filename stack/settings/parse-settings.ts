import { closest } from "../../components/validation/closest";
import { type ValidationIssue, ValueDescription } from "../../components/validation/validation-issue";
import { ValidationError } from "../validation-error";
import { CROSS_FIELD_CHECKS } from "./cross-field-checks";
import type { Setting } from "./setting";
import {
  isSetting,
  SETTINGS,
  type SettingGroup,
  type Settings,
  type StackSettings,
  settingRows,
} from "./settings";

/** A stack's config as Pulumi passes it: keys without the project's name, objects as JSON. */
export type RawConfig = Readonly<Record<string, string>>;

/**
 * Parses a stack's config.
 *
 * @param stack the stack's name, the default of `name`
 * @param encrypted keys whose value is encrypted, or an object with an encrypted value
 * @throws ValidationError with all issues
 */
export function parseSettings(
  config: RawConfig,
  stack: string,
  encrypted: readonly string[] = [],
): StackSettings {
  const parser = new Parser();
  parser.rejectUnknown(Object.keys(config), Object.keys(SETTINGS), "");
  const values: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(SETTINGS)) {
    if (encrypted.includes(key)) {
      parser.rejectEncrypted(key, entry);
      values[key] = {};
    } else if (isSetting(entry)) {
      values[key] = parser.parseSetting(key, entry, config[key]);
    } else {
      values[key] = parser.parseGroup(key, entry, config[key]);
    }
  }
  const settings = values as Settings;
  const issues = [...parser.issues];
  for (const { reads, issues: check } of CROSS_FIELD_CHECKS) {
    if (!reads.some((key) => parser.isInvalid(key))) issues.push(...check(settings, stack));
  }
  if (issues.length > 0) throw new ValidationError(issues);
  return { ...settings, name: settings.name ?? stack };
}

/** Collects the issues of all settings, and the keys of invalid settings. */
class Parser {
  readonly issues: ValidationIssue[] = [];
  private readonly invalidKeys = new Set<string>();

  /** True for a setting, or a group with a setting, that has an issue. */
  isInvalid(key: string): boolean {
    return [...this.invalidKeys].some((invalid) => invalid === key || invalid.startsWith(`${key}.`));
  }

  parseSetting(key: string, setting: Setting, value: unknown): unknown {
    // An empty value, as set by `pulumi config set key ""`, counts as unset.
    const given = value === "" ? undefined : value;
    const parsed = setting.schema.safeParse(given);
    if (parsed.success) return parsed.data;
    this.reject(key, {
      key,
      got: asTyped(given),
      allowed: setting.allowed,
      remedy: `${howToSet(key, setting)}.`,
    });
    return undefined;
  }

  parseGroup(group: string, settings: SettingGroup, text: string | undefined): unknown {
    const keys = Object.keys(settings);
    const given = text === undefined || text === "" ? {} : parseObject(text);
    if (given === undefined) {
      this.reject(group, {
        key: group,
        got: asTyped(text),
        allowed: `an object with ${keys.join(", ")}`,
        remedy: `Remove it, and set one of them: \`pulumi config set --path ${group}.${keys[0]} …\`.`,
      });
      return {};
    }
    this.rejectUnknown(Object.keys(given), keys, `${group}.`);
    return Object.fromEntries(
      Object.entries(settings).map(([key, setting]) => [
        key,
        this.parseSetting(`${group}.${key}`, setting, given[key]),
      ]),
    );
  }

  /**
   * Encrypted settings would be useless: they become names, sizes and addresses, which previews and the state show.
   */
  rejectEncrypted(key: string, entry: Setting | SettingGroup): void {
    const isGroup = !isSetting(entry);
    this.reject(key, {
      key,
      got: new ValueDescription(`${isGroup ? "an object with " : ""}an encrypted value`),
      allowed: "a plain value because previews and the state show it",
      remedy: `Set it in plain text: \`pulumi config set --plaintext ${isGroup ? `--path ${key}.…` : key} …\`.`,
    });
  }

  /** The value may be a secret with a misspelled key, so it is not shown. */
  rejectUnknown(keys: readonly string[], known: readonly string[], prefix: string): void {
    for (const unknown of keys.filter((key) => !known.includes(key))) {
      const key = prefix + unknown;
      const remove = `\`pulumi config rm ${prefix ? "--path " : ""}${key}\``;
      const allowed = `one of ${known.map((each) => prefix + each).join(", ")}`;
      const nested = settingRows().find(([path]) => path === key);
      if (nested) {
        const remedy = `${howToSet(...nested)}, and remove this one: ${remove}.`;
        this.reject(key, { key, got: new ValueDescription("a key with a dot in its name"), allowed, remedy });
        continue;
      }
      const similar = closest(unknown, known);
      const suggestion = similar === undefined ? "" : ` (did you mean ${prefix}${similar}?)`;
      const got = new ValueDescription(`an unknown key${suggestion}`);
      this.reject(similar && prefix + similar, { key, got, allowed, remedy: `Remove it: ${remove}.` });
    }
  }

  private reject(invalidKey: string | undefined, issue: ValidationIssue): void {
    this.issues.push(issue);
    if (invalidKey !== undefined) this.invalidKeys.add(invalidKey);
  }
}

/** Top-level config values are always text, so that messages show a number without quotes. */
function asTyped(value: unknown): unknown {
  return typeof value === "string" && /^-?[\d.]+$/.test(value) ? new ValueDescription(value) : value;
}

function howToSet(key: string, { type }: Setting): string {
  const isList = type === "list";
  const path = isList ? `'${key}[0]'` : key;
  const option = key.includes(".") ? "--path " : "";
  return `Set ${isList ? "the first" : "it"}: \`pulumi config set ${option}${path} …\``;
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
