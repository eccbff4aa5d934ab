import type { PreviewReport } from "../preview/report/report";
import { defineCommand, formatJson, type ParsedArguments } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { OptionReader } from "./option-reader";
import { InputError } from "./usage-error";

const FORMATS = ["text", "markdown", "json", "sarif"] as const;
type Format = (typeof FORMATS)[number];

interface PreviewInput {
  readonly base: string;
  readonly head?: string;
  readonly stacks?: readonly string[];
  readonly program?: string;
  readonly sourceUrl?: string;
  readonly format: Format;
  readonly timeoutSeconds?: number;
}

interface PreviewOptions extends Partial<Omit<PreviewInput, "format" | "timeoutSeconds" | "stacks">> {
  readonly stack?: readonly string[];
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
    [
      "changeover preview --base stack:main --stack prod",
      "compare with what is deployed; needs the Pulumi CLI",
    ],
    ["changeover preview --base main --format sarif", "write the findings with files for code scanning"],
    ["changeover preview --base HEAD^1 --format markdown", "write a comment for GitHub"],
  ],
  exitCodes: EXIT_CODES.preview,
  interruptedMessage: "Interrupted. The checked-out revisions are removed.",
  configure: (command) =>
    command
      .option(
        "--base <ref>",
        "revision that is deployed: a branch, a tag or a commit; or `stack` or `stack:<revision>`, the deployed stack itself (required)",
      )
      .option(
        "--head <ref>",
        "revision to compare with the base (default: the working tree with uncommitted changes)",
      )
      .option(
        "--stack <name>",
        "stack, with its Pulumi.<name>.yaml; can be repeated (default: all with a file)",
        (name: string, names: readonly string[] = []) => [...names, name],
      )
      .option("--program <dir>", "folder of Pulumi.yaml (default: here)")
      .option("--format <format>", `${FORMATS.join(", ")}; markdown is a comment for GitHub (default: text)`)
      .option(
        "--source-url <url>",
        "URL of the head's files, for links in markdown, such as https://github.com/owner/name/blob/main",
      )
      .option("--json", "the same as --format json; an error is printed as JSON, too")
      .option(
        "--timeout <seconds>",
        "longest time that a program may run without declaring a resource, 1 to 3600 s (default: 60)",
      ),
  read: readPreviewOptions,
  run: async ({ format, sourceUrl, ...options }, { signal, write, log }) => {
    const { preview } = require("../preview/preview") as typeof import("../preview/preview");
    const { PreviewInputError } =
      require("../preview/preview-input-error") as typeof import("../preview/preview-input-error");
    try {
      const report = await preview({ ...options, signal, onProgress: log });
      await write(formatReport(report, format, sourceUrl));
      return EXIT_CODES.preview[report.outcome];
    } catch (error) {
      if (error instanceof PreviewInputError) throw new InputError(error.message);
      throw error;
    }
  },
});

function readPreviewOptions({ options }: ParsedArguments): PreviewInput {
  const {
    base,
    head,
    stack: stacks,
    program,
    sourceUrl,
    json,
    timeout,
    ...others
  } = options as PreviewOptions;
  const reader = new OptionReader();
  if (base === undefined) reader.reject("--base", "a branch, a tag or a commit", "nothing");
  for (const [option, value] of Object.entries({ base, head })) {
    if (value === "") reader.reject(`--${option}`, "a name", '""');
  }
  for (const stack of stacks ?? []) {
    if (/^[A-Za-z0-9._-]+$/.test(stack)) continue;
    reader.reject("--stack", "letters, digits, hyphens, underscores and dots", JSON.stringify(stack));
  }
  if (sourceUrl !== undefined && !/^https?:\/\/[^\s()<>]+$/.test(sourceUrl)) {
    reader.reject("--source-url", "an http or https URL", JSON.stringify(sourceUrl));
  }
  const named = others.format === undefined ? undefined : reader.oneOf("--format", others.format, FORMATS);
  if (json && named !== undefined && named !== "json") reader.reject("--format", "json beside --json", named);
  const timeoutSeconds =
    timeout === undefined ? undefined : reader.wholeNumber("--timeout", timeout, { min: 1, max: 3600 });
  const format = named ?? (json ? "json" : "text");
  const links = sourceUrl === undefined ? {} : { sourceUrl: sourceUrl.replace(/\/$/, "") };
  return reader.result({ base: base ?? "", head, stacks, program, ...links, format, timeoutSeconds });
}

/** Loads only the module of the requested format, because loading modules takes most of a preview's time. */
function formatReport(report: PreviewReport, format: Format, sourceUrl: string | undefined): string {
  if (format === "json") return formatJson(report);
  if (format === "sarif") {
    const { toSarif } = require("../preview/report/sarif") as typeof import("../preview/report/sarif");
    return formatJson(toSarif(report));
  }
  if (format === "markdown") {
    const { toMarkdown } =
      require("../preview/report/markdown") as typeof import("../preview/report/markdown");
    return toMarkdown(report, { sourceUrl });
  }
  const { toText } = require("../preview/report/text") as typeof import("../preview/report/text");
  return toText(report);
}
