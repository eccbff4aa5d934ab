import { join } from "node:path";
import { type CommandGroup, defineCommand } from "./command";
import { EXIT_CODES, exitCodeTable } from "./exit-codes";
import { type GeneratedBlock, writeBlocks } from "./generated-text";
import { writtenFiles } from "./written-files";

const REFERENCE = join(__dirname, "..", "dist", "reference");

function faultTable(): string {
  const { FAULTS } = require("../rehearsal/faults") as typeof import("../rehearsal/faults");
  const rows = FAULTS.map(({ name, summary, tolerates, expected, onAws }) => [
    ...[`\`${name}\``, summary, tolerates, expected, onAws],
  ]);
  const header = ["Fault", "What is done", "Tolerated", "Expected", "On AWS"];
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const settingsDocs = () => require("../stack/settings/docs") as typeof import("../stack/settings/docs");

const findingCodes = () => require("../preview/findings/codes") as typeof import("../preview/findings/codes");

/** Generated parts of documentation pages; `changeover docs tables` writes them. */
export const generatedBlocks: readonly GeneratedBlock[] = [
  {
    file: "README.md",
    name: "settings",
    content: () => `${settingsDocs().settingsTable()}\n`,
  },
  { file: "Pulumi.yaml", name: "config", content: () => `${settingsDocs().projectConfig()}\n` },
  { file: "docs/commands.md", name: "exit-codes", content: exitCodeTable },
  { file: "docs/preview.md", name: "finding-codes", content: () => findingCodes().findingCodeTable() },
  { file: "docs/faults.md", name: "faults", content: () => `${faultTable()}\n` },
];

const tables = defineCommand<{ check: boolean; json: boolean }>({
  name: "tables",
  summary: "write the generated tables of documentation pages",
  examples: [
    ["changeover docs tables", "write the tables, and print the changed pages"],
    ["changeover docs tables --check", "fail if a page is not current; write nothing"],
  ],
  exitCodes: EXIT_CODES.common,
  configure: (command) =>
    command.option("--check", "print the pages that are not current, and write nothing"),
  read: ({ options }) => ({ check: options.check === true, json: options.json === true }),
  run: async ({ check, json }, { write, log }) => {
    const changed = writeBlocks(generatedBlocks, check);
    await write(writtenFiles(changed, json));
    if (!check || changed.length === 0) return EXIT_CODES.common.done;
    if (!json) log("These pages are not current. Run changeover docs tables.");
    return EXIT_CODES.common.error;
  },
});

const reference = defineCommand<{ json: boolean }>({
  name: "reference",
  summary: "write the reference of the components into dist/reference, from their docstrings",
  examples: [["changeover docs reference", "print the path of the reference"]],
  exitCodes: EXIT_CODES.common,
  read: ({ options }) => ({ json: options.json === true }),
  run: async ({ json }, { write }) => {
    const { writeReference } = require("../packaging/reference") as typeof import("../packaging/reference");
    writeReference(REFERENCE);
    await write(writtenFiles([REFERENCE], json));
    return EXIT_CODES.common.done;
  },
});

export const docs: CommandGroup = {
  name: "docs",
  summary: "write the generated docs: the tables in the pages and the component reference",
  examples: [["changeover docs tables", "after a change of a setting or an exit status"]],
  commands: [tables, reference],
};
