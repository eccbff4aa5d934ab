import type { Command } from "commander";
import type { ContractRequest, ExpandRequest } from "../../migrations/runner/plan";
import { isVersion } from "../../migrations/script/version";
import { openApplication } from "../application";
import { type OptionReader, quote } from "../option-reader";

const VERSION = "three numbers, such as 1.4.0";
const SERVING = "COLOR=VERSION for each serving or warm color, such as blue=1.4.0 or green=1.4.0";

export interface RequestOptions {
  readonly version?: readonly string[];
  readonly through?: string;
  readonly serving?: readonly string[];
  readonly appName?: string;
}

/** Parser for an option that may be repeated: appends each value to the earlier ones. */
export const collect = (value: string, previous: readonly string[] = []) => [...previous, value];

export function addExpandOptions(command: Command): Command {
  return command.option("--version <version>", "version that a color runs; repeat it for each one", collect);
}

export function addContractOptions(command: Command): Command {
  return command
    .option("--through <script>", "last contract script to run, such as 0002_split_name")
    .option(
      "--serving <color=version>",
      "version of a serving or warm color; repeat it for each one",
      collect,
    )
    .option(
      "--app-name <name>",
      "beginning of application_name of the application's connections (default: the application's name)",
    );
}

export function readExpandRequest(reader: OptionReader, { version = [] }: RequestOptions): ExpandRequest {
  if (version.length === 0) readVersion(reader, "--version", undefined);
  return { phase: "expand", versions: version.map((text) => readVersion(reader, "--version", text)) };
}

export function readContractRequest(reader: OptionReader, options: RequestOptions): ContractRequest {
  const { through = "", serving = [], appName = openApplication().name } = options;
  if (through === "") reader.reject("--through", "the id of a script, such as 0002_split_name", "nothing");
  if (serving.length === 0) reader.reject("--serving", SERVING, "nothing");
  const colors = serving.map((text) => {
    const [color = "", version = ""] = text.split("=");
    if (color === "blue" || color === "green") {
      return { color, version: readVersion(reader, "--serving", version) };
    }
    reader.reject("--serving", SERVING, quote(text));
    return { color: "blue" as const, version };
  });
  return { phase: "contract", through, serving: colors, appName };
}

export function readVersion(reader: OptionReader, key: string, text: string | undefined): string {
  if (text === undefined || !isVersion(text)) reader.reject(key, VERSION, quote(text));
  return text ?? "";
}
