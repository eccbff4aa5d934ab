import type { Report } from "../preview/report/report";
import { defineCommand, formatJson, type ParsedArguments } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { OptionReader } from "./option-reader";
import { InputError } from "./usage-error";

const FORMATS = ["text", "markdown", "json"] as const;
type Format = (typeof FORMATS)[number];

interface PreviewInput {
  readonly base: string;
  readonly head?: string;
  readonly stack?: string;
  readonly program?: string;
  readonly format: Format;
  readonly timeoutSeconds?: number;
}

interface PreviewOptions extends Partial<Omit<PreviewInput, "format" | "timeoutSeconds">> {
  readonly format?: string;
  readonly json?: boolean;
  readonly timeout?: string;
}

export const preview = defineCommand<PreviewInput>({
  name: "preview",
  summary: "show the effects of a change of a Pulumi program",
  description:
    "Shows the effects of a change of a Pulumi program, without a cloud, credentials, state or the Pulumi CLI.",
  examples: [
    ["changeover preview --base main", "compare the working tree with main"],
    ["changeover preview --base v1.0.0 --head main --stack prod", "compare two revisions of one stack"],
    ["changeover preview --base HEAD^1 --format markdown", "write a comment for GitHub"],
  ],
  exitCodes: EXIT_CODES.preview,
  interruptedMessage: "Interrupted. The checked-out revisions are removed.",
  configure: (command) =>
    command
      .option("--base <ref>", "revision that is deployed: a branch, a tag or a commit (required)")
      .option(
        "--head <ref>",
        "revision to compare with the base (default: the working tree with uncommitted changes)",
      )
      .option("--stack <name>", "stack, with its Pulumi.<name>.yaml (default: dev)")
      .option("--program <dir>", "folder of Pulumi.yaml (default: here)")
      .option("--format <format>", `${FORMATS.join(", ")}; markdown is a comment for GitHub (default: text)`)
      .option("--json", "the same as --format json; an error is printed as JSON, too")
      .option(
        "--timeout <seconds>",
        "longest time that a program may run without declaring a resource, 1 to 3600 s (default: 60)",
      ),
  read: readPreviewOptions,
  run: async ({ format, ...options }, { signal, write, log }) => {
    const { preview } = require("../preview/preview") as typeof import("../preview/preview");
    const { PreviewInputError } =
      require("../preview/preview-input-error") as typeof import("../preview/preview-input-error");
    try {
      const report = await preview({ ...options, signal, onProgress: log });
      await write(formatReport(report, format));
      return EXIT_CODES.preview[report.outcome];
    } catch (error) {
      if (error instanceof PreviewInputError) throw new InputError(error.message);
      throw error;
    }
  },
});

function readPreviewOptions({ options }: ParsedArguments): PreviewInput {
  const { base, head, stack, program, json, timeout, ...others } = options as PreviewOptions;
  const reader = new OptionReader();
  if (base === undefined) reader.reject("--base", "a branch, a tag or a commit", "nothing");
  for (const [option, value] of Object.entries({ base, head, stack })) {
    if (value === "") reader.reject(`--${option}`, "a name", '""');
  }
  if (stack && !/^[A-Za-z0-9._-]+$/.test(stack)) {
    reader.reject("--stack", "letters, digits, hyphens, underscores and dots", JSON.stringify(stack));
  }
  const named = others.format === undefined ? undefined : reader.oneOf("--format", others.format, FORMATS);
  if (json && named !== undefined && named !== "json") reader.reject("--format", "json beside --json", named);
  const timeoutSeconds =
    timeout === undefined ? undefined : reader.wholeNumber("--timeout", timeout, { min: 1, max: 3600 });
  const format = named ?? (json ? "json" : "text");
  return reader.result({ base: base ?? "", head, stack, program, format, timeoutSeconds });
}

/** Loads only the module of the requested format, because loading modules takes most of a preview's time. */
function formatReport(report: Report, format: Format): string {
  if (format === "json") return formatJson(report);
  if (format === "markdown") {
    const { toMarkdown } =
      require("../preview/report/markdown") as typeof import("../preview/report/markdown");
    return toMarkdown(report);
  }
  const { toText } = require("../preview/report/text") as typeof import("../preview/report/text");
  return toText(report);
}
