import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { isRecord } from "../values/values";
import { EngineInputError } from "./program-error";

/** What the engine needs of a Pulumi.yaml. */
export interface Project {
  readonly name: string;
  /** Folder of Pulumi.yaml. */
  readonly directory: string;
  /** Folder in which the program runs. */
  readonly workingDirectory: string;
  /** File or folder of the program, relative to `workingDirectory`; "." lets package.json decide. */
  readonly main: string;
  readonly config: Readonly<Record<string, ConfigType>>;
  /** `options.refresh: always`. */
  readonly refresh: boolean;
  /** Where Pulumi.<stack>.yaml lies. */
  readonly stackConfigDirectory: string;
}

/** One key of the `config:` section. A plain value is a default without a type. */
export interface ConfigType {
  readonly type?: "string" | "boolean" | "integer" | "array" | "object";
  readonly items?: ConfigType;
  readonly default?: unknown;
  readonly value?: unknown;
  readonly secret?: boolean;
}

const CONFIG_TYPES = ["string", "boolean", "integer", "array", "object"];

/** Reads Pulumi.yaml (or .yml) of a folder. Refuses what only the Pulumi CLI could run. */
export function loadProject(directory: string): Project {
  const root = resolve(directory);
  const file = [join(root, "Pulumi.yaml"), join(root, "Pulumi.yml")].find((candidate) =>
    existsSync(candidate),
  );
  if (file === undefined)
    throw new EngineInputError(`${root} holds no Pulumi.yaml; give the folder of a Pulumi project.`);
  const content = readYaml(file);
  const { name, runtime, main, options, stackConfigDir } = content;
  if (typeof name !== "string" || name === "") throw new EngineInputError(`${file}: "name" is missing.`);
  const runtimeName = isRecord(runtime) ? runtime.name : runtime;
  if (runtimeName !== "nodejs") {
    throw new EngineInputError(
      `${file}: runtime is ${JSON.stringify(runtimeName)}; this engine runs "nodejs" programs only.`,
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

/** A program in a folder runs there; one in a file runs in the file's folder. */
function entry(root: string, main: string, file: string): Pick<Project, "workingDirectory" | "main"> {
  const path = resolve(root, main);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new EngineInputError(`${file}: "main" names ${path}, which does not exist.`);
  if (stats.isDirectory()) return { workingDirectory: path, main: "." };
  return { workingDirectory: dirname(path), main: basename(path) };
}

function readConfigTypes(config: unknown, file: string): Record<string, ConfigType> {
  if (config === undefined || config === null) return {};
  if (!isRecord(config))
    throw new EngineInputError(`${file}: "config" must map keys to types or default values.`);
  return Object.fromEntries(
    Object.entries(config).map(([key, raw]) => {
      if (!isRecord(raw)) return [key, { default: raw }];
      const type = raw as unknown as ConfigType;
      if (type.type !== undefined && !CONFIG_TYPES.includes(type.type)) {
        throw new EngineInputError(
          `${file}: config "${key}" has type "${type.type}"; allowed: ${CONFIG_TYPES.join(", ")}.`,
        );
      }
      if (type.default !== undefined && type.value !== undefined) {
        throw new EngineInputError(`${file}: config "${key}" has both "default" and "value"; keep one.`);
      }
      return [key, type];
    }),
  );
}

/** Reads a YAML file that holds one mapping. An empty file is an empty one. */
export function readYaml(file: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new EngineInputError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (content === null || content === undefined) return {};
  if (!isRecord(content)) throw new EngineInputError(`${file} must hold keys and values.`);
  return content;
}
