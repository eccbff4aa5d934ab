import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { isRecord } from "../values/values";
import { EngineInputError } from "./program-error";

export interface Project {
  readonly name: string;
  /** Folder of Pulumi.yaml. */
  readonly directory: string;
  readonly workingDirectory: string;
  /** File or folder of the program, relative to `workingDirectory`. For ".", package.json names the file. */
  readonly main: string;
  readonly config: Readonly<Record<string, ConfigType>>;
  readonly refresh: boolean;
  /** Folder of Pulumi.<stack>.yaml. */
  readonly stackConfigDirectory: string;
}

/** A key of the `config:` section. If the section has a plain value, it is the default and the key has no type. */
export interface ConfigType {
  readonly type?: "string" | "boolean" | "integer" | "array" | "object";
  readonly items?: ConfigType;
  readonly default?: unknown;
  readonly value?: unknown;
  readonly secret?: boolean;
}

const CONFIG_TYPES = ["string", "boolean", "integer", "array", "object"];

/**
 * Reads the Pulumi.yaml (or .yml) of a folder.
 *
 * @throws EngineInputError if it is invalid, or if its runtime is not Node.js
 */
export function loadProject(directory: string): Project {
  const root = resolve(directory);
  const file = [join(root, "Pulumi.yaml"), join(root, "Pulumi.yml")].find((candidate) =>
    existsSync(candidate),
  );
  if (file === undefined)
    throw new EngineInputError(`${root} must contain a Pulumi.yaml. Use the folder of a Pulumi project.`);
  const content = readYaml(file);
  const { name, runtime, main, options, stackConfigDir } = content;
  if (typeof name !== "string" || name === "") throw new EngineInputError(`${file}: name must be set.`);
  const runtimeName = isRecord(runtime) ? runtime.name : runtime;
  if (runtimeName !== "nodejs") {
    throw new EngineInputError(
      `${file}: runtime must be "nodejs", got ${JSON.stringify(runtimeName)}. Other programs need the Pulumi CLI.`,
    );
  }
  return {
    name,
    directory: root,
    ...entry(root, main === undefined ? "." : String(main), file),
    config: readConfigTypes(content.config, file),
    refresh: isRecord(options) && options.refresh === "always",
    stackConfigDirectory: resolve(root, typeof stackConfigDir === "string" ? stackConfigDir : "."),
  };
}

/** The working directory is the program's folder, or the folder that contains the program's file. */
function entry(root: string, main: string, file: string): Pick<Project, "workingDirectory" | "main"> {
  const path = resolve(root, main);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new EngineInputError(`${file}: main must be an existing file or folder, got ${path}.`);
  if (stats.isDirectory()) return { workingDirectory: path, main: "." };
  return { workingDirectory: dirname(path), main: basename(path) };
}

function readConfigTypes(config: unknown, file: string): Record<string, ConfigType> {
  if (config === undefined || config === null) return {};
  if (!isRecord(config))
    throw new EngineInputError(`${file}: config must map keys to types or default values.`);
  return Object.fromEntries(
    Object.entries(config).map(([key, raw]) => {
      if (!isRecord(raw)) return [key, { default: raw }];
      const type = raw as unknown as ConfigType;
      if (type.type !== undefined && !CONFIG_TYPES.includes(type.type)) {
        throw new EngineInputError(
          `${file}: the type of config "${key}" must be one of ${CONFIG_TYPES.join(", ")}, got ${JSON.stringify(type.type)}.`,
        );
      }
      if (type.default !== undefined && type.value !== undefined) {
        throw new EngineInputError(`${file}: config "${key}" must have either default or value, got both.`);
      }
      return [key, type];
    }),
  );
}

/** The last parsed texts. A preview reads the files of a project many times, in two revisions that are mostly equal. */
const parsed = new Map<string, unknown>();
const MAX_PARSED = 16;

function parseYaml(text: string): unknown {
  if (!parsed.has(text)) {
    if (parsed.size >= MAX_PARSED) parsed.clear();
    parsed.set(text, parse(text));
  }
  return structuredClone(parsed.get(text));
}

/** Reads a YAML file that contains one mapping; `{}` for an empty file. */
export function readYaml(file: string): Record<string, unknown> {
  let content: unknown;
  let text = "";
  try {
    text = readFileSync(file, "utf8");
    content = parseYaml(text);
  } catch (error) {
    const marker = text.split("\n").findIndex((line) => /^(<{7}|={7}|>{7})/.test(line));
    if (marker >= 0) {
      throw new EngineInputError(
        `${file}: line ${marker + 1} must not be a marker of a merge conflict. Resolve the conflict.`,
      );
    }
    throw new EngineInputError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (content === null || content === undefined) return {};
  if (!isRecord(content)) throw new EngineInputError(`${file} must contain keys and values.`);
  return content;
}
