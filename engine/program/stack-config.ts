import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { containsSecret, isRecord, type Properties, Secret, type Value } from "../values/values";
import { EngineInputError } from "./program-error";
import { type ConfigType, type Project, readYaml } from "./project";

/**
 * A value of the config. The program receives objects and arrays as JSON, as with `pulumi config set --path`. A
 * `Secret` stays secret.
 */
export type ConfigValue = Value;

/** Config in the form that a program receives: strings by full key. */
export interface ProgramConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

export interface ConfigOptions {
  /** An undefined or an empty value removes the key. */
  readonly overrides?: Readonly<Record<string, ConfigValue | undefined>>;
  /**
   * Handling of encrypted values without an override. With `placeholder`, a program can be evaluated without the key
   * of the stack's secrets.
   *
   * @default "reject"
   */
  readonly encrypted?: "reject" | "placeholder";
}

const ENCRYPTED = "[encrypted config value ";

/** The placeholder depends on the ciphertext, so that a changed secret is visible as a change. */
function encryptedPlaceholder(ciphertext: string): string {
  return `${ENCRYPTED}${createHash("sha256").update(ciphertext).digest("hex").slice(0, 12)}]`;
}

function isPlaceholder(content: unknown): boolean {
  return typeof content === "string" && content.startsWith(ENCRYPTED);
}

/**
 * Loads the config of a stack. Overrides come first, then Pulumi.<stack>.yaml, then the project's defaults.
 *
 * @throws EngineInputError with the CLI's message if a value is missing, or if its type differs from the type in
 * Pulumi.yaml
 */
export function loadStackConfig(project: Project, stack: string, options: ConfigOptions = {}): ProgramConfig {
  const config = new Map<string, Value>(Object.entries(readStackFile(project, stack)));
  for (const [key, value] of Object.entries(options.overrides ?? {})) {
    if (value === undefined || value === "") config.delete(fullKey(project, key));
    else config.set(fullKey(project, key), value);
  }
  for (const [key, value] of config)
    config.set(key, decrypt(key, value, stack, options.encrypted ?? "reject"));

  const missing: string[] = [];
  for (const [key, type] of Object.entries(project.config)) {
    const full = fullKey(project, key);
    const preset = type.value ?? type.default;
    if (!config.has(full) && preset !== undefined) config.set(full, preset as Value);
    const value = config.get(full);
    if (value !== undefined) config.set(full, checked(stack, key, type, value));
    else if (full.startsWith(`${project.name}:`)) missing.push(key);
  }
  if (missing.length > 0) {
    const keys = missing.sort().map((key) => `'${key}'`);
    const list = keys.length === 1 ? keys[0] : `${keys.slice(0, -1).join(", ")} and ${keys.at(-1)}`;
    const noun = keys.length === 1 ? "value" : "values";
    throw new EngineInputError(`Stack '${stack}' is missing configuration ${noun} ${list}`);
  }
  const entries = [...config].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    values: Object.fromEntries(entries.map(([key, value]) => [key, asText(value)])),
    secretKeys: entries.filter(([, value]) => containsSecret(value)).map(([key]) => key),
  };
}

/**
 * Reads `environment` of Pulumi.<stack>.yaml: the Pulumi ESC environments, as a list or as a definition with
 * `imports` and `values`. Only the CLI can add their values to the config. Undefined if there are none.
 */
export function readEnvironment(project: Project, stack: string): unknown {
  const file = stackFile(project, stack);
  return file === undefined ? undefined : (readYaml(file).environment ?? undefined);
}

/** The path of Pulumi.<stack>.yaml; undefined if there is none. */
export function stackFile({ stackConfigDirectory }: Project, stack: string): string | undefined {
  const names = [`Pulumi.${stack}.yaml`, `Pulumi.${stack}.yml`];
  return names.map((name) => join(stackConfigDirectory, name)).find((path) => existsSync(path));
}

/** Reads the config of Pulumi.<stack>.yaml by full key. Encrypted values stay encrypted. */
export function readStackFile(project: Project, stack: string): Properties {
  const file = stackFile(project, stack);
  const config = file === undefined ? undefined : readYaml(file).config;
  if (config === undefined || config === null) return {};
  if (!isRecord(config)) throw new EngineInputError(`${file}: config must map keys to values.`);
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [fullKey(project, key), value as Value]),
  );
}

/** A key without a namespace belongs to the project. `project:config:key` is the old form of `project:key`. */
export function fullKey(project: Project, key: string): string {
  if (!key.includes(":")) return `${project.name}:${key}`;
  const parts = key.split(":");
  if (parts.length === 3 && parts[1] === "config") return `${parts[0]}:${parts[2]}`;
  if (parts.length === 2 && parts.every((part) => part !== "")) return key;
  throw new EngineInputError(`A config key must have the form project:key, got ${JSON.stringify(key)}.`);
}

function decrypt(key: string, value: Value, stack: string, encrypted: "reject" | "placeholder"): Value {
  if (Array.isArray(value)) return value.map((item) => decrypt(key, item, stack, encrypted));
  if (!isRecord(value)) return value;
  const record = value as Properties;
  if (Object.keys(record).length === 1 && typeof record.secure === "string") {
    if (encrypted === "placeholder") return new Secret(encryptedPlaceholder(record.secure));
    throw new EngineInputError(
      `Config "${key}" of stack '${stack}' is encrypted, and only the Pulumi CLI can decrypt it. ` +
        `Pass a value for "${key}" as an override.`,
    );
  }
  return Object.fromEntries(
    Object.entries(record).map(([k, item]) => [k, decrypt(key, item, stack, encrypted)]),
  );
}

function checked(stack: string, key: string, type: ConfigType, value: Value): Value {
  const secret = type.secret === true && !containsSecret(value) ? new Secret(value) : value;
  const content = reveal(value);
  if (type.type === undefined || isPlaceholder(content) || hasType(type, content)) return secret;
  throw new EngineInputError(
    `Stack '${stack}' with configuration key '${key}' must be of type '${typeName(type)}'`,
  );
}

function hasType(type: ConfigType, value: unknown): boolean {
  switch (type.type) {
    case "string":
      return !isRecord(value) && !Array.isArray(value);
    case "integer":
      return Number.isInteger(value) || (typeof value === "string" && /^[+-]?\d+$/.test(value));
    case "boolean":
      return typeof value === "boolean" || value === "true" || value === "false";
    case "object":
      return isRecord(value);
    default: {
      const { items } = type;
      return Array.isArray(value) && (items === undefined || value.every((item) => hasType(items, item)));
    }
  }
}

function typeName(type: ConfigType): string {
  return type.type === "array" && type.items !== undefined
    ? `array<${typeName(type.items)}>`
    : (type.type ?? "any");
}

function asText(value: Value): string {
  const content = reveal(value);
  return typeof content === "object" && content !== null ? JSON.stringify(content) : String(content ?? "");
}

function reveal(value: Value): unknown {
  if (value instanceof Secret) return reveal(value.reveal());
  if (Array.isArray(value)) return value.map(reveal);
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value as Properties).map(([key, item]) => [key, reveal(item)]));
  }
  return value;
}
