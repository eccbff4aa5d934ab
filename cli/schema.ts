import { join } from "node:path";
import { defineCommand } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { writtenFiles } from "./written-files";

const DOCS = join(__dirname, "..", "docs");
const RECORD_SCHEMA_FILE = join(DOCS, "rehearsal-record.schema.json");
const PREVIEW_SCHEMA_FILE = join(DOCS, "preview-report.schema.json");

export const schema = defineCommand<{ json: boolean }>({
  name: "schema",
  summary:
    "write the components' Pulumi schema, and the JSON schemas of a rehearsal's record and of a preview",
  description:
    "Writes components/schema.json, from which other languages call the components, " +
    "docs/rehearsal-record.schema.json, which describes the file of `changeover rehearse --json`, and " +
    "docs/preview-report.schema.json, which describes the result of `changeover preview --json`.",
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
    const { previewReportJsonSchema } =
      require("../preview/report/report-schema") as typeof import("../preview/report/report-schema");
    await writeSchema();
    writeFormattedJson(RECORD_SCHEMA_FILE, runRecordJsonSchema());
    writeFormattedJson(PREVIEW_SCHEMA_FILE, previewReportJsonSchema());
    await write(writtenFiles([SCHEMA_FILE, RECORD_SCHEMA_FILE, PREVIEW_SCHEMA_FILE], json));
    return EXIT_CODES.common.done;
  },
});
