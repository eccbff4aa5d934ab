import { join } from "node:path";
import { defineCommand } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { writtenFiles } from "./written-files";

const RECORD_SCHEMA_FILE = join(__dirname, "..", "docs", "rehearsal-record.schema.json");

export const schema = defineCommand<{ json: boolean }>({
  name: "schema",
  summary: "write the components' Pulumi schema and the JSON schema of a rehearsal's record",
  description:
    "Writes components/schema.json, from which other languages call the components, and " +
    "docs/rehearsal-record.schema.json, which describes the file of `changeover rehearse --json`.",
  examples: [["changeover schema", "print the paths of the schemas"]],
  exitCodes: EXIT_CODES.common,
  read: ({ options }) => ({ json: options.json === true }),
  run: async ({ json }, { write }) => {
    const { SCHEMA_FILE, writeSchema } =
      require("../packaging/schema") as typeof import("../packaging/schema");
    const { writeFormattedJson } =
      require("../packaging/formatted-json") as typeof import("../packaging/formatted-json");
    const { runRecordJsonSchema } =
      require("../rehearsal/report/run-record") as typeof import("../rehearsal/report/run-record");
    await writeSchema();
    writeFormattedJson(RECORD_SCHEMA_FILE, runRecordJsonSchema());
    await write(writtenFiles([SCHEMA_FILE, RECORD_SCHEMA_FILE], json));
    return EXIT_CODES.common.done;
  },
});
