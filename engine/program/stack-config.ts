import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { containsSecret, isRecord, type Properties, Secret, type Value } from "../values/values";
import { EngineInputError } from "./program-error";
import { type ConfigType, type Project, readYaml } from "./project";

/** Objects and arrays reach the program as JSON, as with `pulumi config set --path`. A `Secret` stays one. */
export type ConfigValue = Value;

/** Config as a program gets it: strings by full key, and which of them are secret. */
export interface ProgramConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

export interface ConfigOptions {
  /** Win over the file. Full keys (`project:key`); a `Secret` stays one. */
  readonly overrides?: Readonly<Record<string, ConfigValue>>;
  /**
   * What becomes of encrypted values that no override replaces: an error, or a placeholder that is secret, so that a
   * program can be evaluated without the stack's key. Default "refuse".
   */
  readonly encrypted?: "refuse" | "placeholder";
}

const ENCRYPTED = "[encrypted config value ";

/** Stands for an encrypted value. Another one for another ciphertext, so that a change of the value shows. */
function encryptedPlaceholder(ciphertext: string): string {
  return `${ENCRYPTED}${createHash("sha256").update(ciphertext).digest("hex").slice(0, 12)}]`;
}

function isPlaceholder(content: unknown): boolean {
  return typeof content === "string" && content.startsWith(ENCRYPTED);
}

/**
 * Puts together the config of a stack: Pulumi.<stack>.yaml, then the overrides, then the project's defaults, and
 * checks it against the types of Pulumi.yaml, with the CLI's rules and in its words.
 */
export function loadStackConfig(project: Project, stack: string, options: ConfigOptions = {}): ProgramConfig {
  const config = new Map<string, Value>(Object.entries(readStackFile(project, stack)));
  for (const [key, value] of Object.entries(options.overrides ?? {}))
    config.set(fullKey(project, key), value);
  for (const [key, value] of config)
    config.set(key, decrypt(key, value, stack, options.encrypted ?? "refuse"));

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
 * What `environment` says in Pulumi.<stack>.yaml: the environments of Pulumi ESC whose values the CLI adds to those of
 * the file, as a list or as a definition with `imports` and `values`. Nobody here can ask for them. Undefined for none.
 */
export function readEnvironment(project: Project, stack: string): unknown {
  const file = stackFile(project, stack);
  return file === undefined ? undefined : (readYaml(file).environment ?? undefined);
}

function stackFile({ stackConfigDirectory }: Project, stack: string): string | undefined {
  const names = [`Pulumi.${stack}.yaml`, `Pulumi.${stack}.yml`];
  return names.map((name) => join(stackConfigDirectory, name)).find((path) => existsSync(path));
}

function readStackFile(project: Project, stack: string): Properties {
  const file = stackFile(project, stack);
  const config = file === undefined ? undefined : readYaml(file).config;
  if (config === undefined || config === null) return {};
  if (!isRecord(config)) throw new EngineInputError(`${file}: "config" must map keys to values.`);
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [fullKey(project, key), value as Value]),
  );
}

/** Keys without a namespace are the project's; the CLI's old form `project:config:key` means `project:key`. */
function fullKey(project: Project, key: string): string {
  if (!key.includes(":")) return `${project.name}:${key}`;
  const parts = key.split(":");
  if (parts.length === 3 && parts[1] === "config") return `${parts[0]}:${parts[2]}`;
  if (parts.length === 2 && parts.every((part) => part !== "")) return key;
  throw new EngineInputError(`Config key "${key}" must be written project:key.`);
}

function decrypt(key: string, value: Value, stack: string, encrypted: "refuse" | "placeholder"): Value {
  if (Array.isArray(value)) return value.map((item) => decrypt(key, item, stack, encrypted));
  if (!isRecord(value)) return value;
  const record = value as Properties;
  if (Object.keys(record).length === 1 && typeof record.secure === "string") {
    if (encrypted === "placeholder") return new Secret(encryptedPlaceholder(record.secure));
    throw new EngineInputError(
      `Config "${key}" of stack '${stack}' is encrypted, and only the Pulumi CLI holds the key. ` +
        `Give a value for "${key}" when you start this engine.`,
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
      // Scalars reach a program as text whatever YAML made of them.
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
