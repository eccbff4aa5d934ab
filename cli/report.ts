import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { RunReportFormat } from "../rehearsal/report/render-report";
import type { RunRecord } from "../rehearsal/report/run-record";
import { defineCommand } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { OptionReader } from "./option-reader";
import { InputError } from "./usage-error";
import { writtenFiles } from "./written-files";

/** Without JSON, which `rehearse` writes and this command reads. */
const FORMATS = ["html", "markdown"] as const;

interface ReportInput {
  readonly files: readonly string[];
  readonly format: (typeof FORMATS)[number];
  /** File to write, or the standard output. */
  readonly output: string | undefined;
  readonly json: boolean;
}

export const report = defineCommand<ReportInput>({
  name: "report",
  summary: "render the report of a rehearsal again, or compare two",
  description:
    "Renders a record that `changeover rehearse --json FILE` wrote as one self-contained page or as Markdown. With two " +
    "records it shows their figures side by side, the earlier run first.",
  examples: [
    ["changeover report run.json --output run.html", "a page to read, print and sign"],
    ["changeover report run.json", "Markdown for a pull request, on the standard output"],
    ["changeover report before.json after.json", "compare two runs"],
  ],
  exitCodes: EXIT_CODES.common,
  configure: (command) =>
    command
      .argument("<file>", "record of a rehearsal")
      .argument("[later]", "record of a later rehearsal to compare")
      .option("--output <file>", "file to write (default: the standard output)")
      .option(
        "--format <name>",
        `${FORMATS.join(" or ")} (default: by the extension of --output, otherwise markdown)`,
      ),
  read: ({ options, args }) => {
    const reader = new OptionReader();
    const output = options.output as string | undefined;
    const named = options.format as string | undefined;
    const format = named === undefined ? formatFor(output) : reader.oneOf("--format", named, FORMATS);
    const files = args.filter((arg): arg is string => typeof arg === "string");
    return reader.result({ files, format: format ?? "markdown", output, json: options.json === true });
  },
  run: async ({ files, format, output, json }, { write }) => {
    const { renderComparison, renderReport } = loadRenderer();
    const [first, later] = readRecords(files);
    if (first === undefined) throw new InputError("A report needs the record of a rehearsal. Name its file.");
    const text = later === undefined ? renderReport(first, format) : renderComparison(first, later, format);
    if (output === undefined) {
      await write(text);
      return EXIT_CODES.common.done;
    }
    writeReportFile(output, text);
    await write(writtenFiles([resolve(output)], json));
    return EXIT_CODES.common.done;
  },
});

/** @throws InputError if the file cannot be written */
export function writeReportFile(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new InputError(
      `${resolve(file)} must be a file that can be written, got ${(error as NodeJS.ErrnoException).code}. ` +
        "Choose another file.",
    );
  }
}

function formatFor(output: string | undefined): ReportInput["format"] | undefined {
  const format: RunReportFormat | undefined =
    output === undefined ? undefined : loadRenderer().formatOfFile(output);
  return format === "json" ? undefined : format;
}

/** @throws InputError with the problems of all files */
function readRecords(files: readonly string[]): RunRecord[] {
  const { parseRunRecord, RunRecordError } =
    require("../rehearsal/report/run-record") as typeof import("../rehearsal/report/run-record");
  const problems: string[] = [];
  const records = files.flatMap((file) => {
    try {
      return [parseRunRecord(file, readFileSync(file, "utf8"))];
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (error instanceof RunRecordError) problems.push(error.message);
      else problems.push(`${resolve(file)} must be a file that can be read, got ${code ?? error}.`);
      return [];
    }
  });
  if (problems.length > 0) throw new InputError(problems.join("\n"));
  return records;
}

function loadRenderer() {
  return require("../rehearsal/report/render-report") as typeof import("../rehearsal/report/render-report");
}
