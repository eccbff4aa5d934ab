import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineCommand, formatJson } from "../command";
import { EXIT_CODES } from "../exit-codes";
import { OptionReader } from "../option-reader";
import { collect, readVersion } from "./request";
import {
  addScriptOptions,
  readScriptOptions,
  readScripts,
  rejectUnusable,
  type ScriptOptions,
} from "./scripts";

interface NewInput extends ScriptOptions {
  readonly name: string;
  readonly version: string;
}

export const createScripts = defineCommand<NewInput>({
  name: "new",
  summary: "create an empty expand and an empty contract script with the next number",
  examples: [["changeover migrate new split_name --version 1.4.0", "for a change that 1.4.0 needs first"]],
  exitCodes: EXIT_CODES.migrate,
  configure: (command) =>
    addScriptOptions(
      command
        .argument("<name>", "small letters and digits, words joined by _")
        .option(
          "--version <version>",
          "first version that needs the change, such as 1.4.0 (required)",
          collect,
        ),
    ),
  read: ({ args, options }) => {
    const reader = new OptionReader();
    const [first, ...others] = (options.version ?? []) as readonly string[];
    const version = readVersion(reader, "--version", first);
    if (others.length > 0) reader.reject("--version", "one version", [first, ...others].join(", "));
    return reader.result({ ...readScriptOptions(options), name: String(args[0]), version });
  },
  run: async ({ directory, name, version, json }, { write }) => {
    const { scaffold } =
      require("../../migrations/script/scaffold") as typeof import("../../migrations/script/scaffold");
    const last = existsSync(directory) ? readScripts(directory).at(-1)?.number : 0;
    const files = rejectUnusable(() => scaffold((last ?? 0) + 1, name, version));
    mkdirSync(directory, { recursive: true });
    const paths = files.map(({ file, text }) => {
      writeFileSync(join(directory, file), text, { flag: "wx" });
      return join(directory, file);
    });
    const next = "Write both scripts. Delete the contract script if the change removes nothing.";
    await write(json ? formatJson(paths) : `${paths.join("\n")}\n${next}\n`);
    return EXIT_CODES.migrate.done;
  },
});
