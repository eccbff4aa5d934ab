import { parseArgs } from "node:util";
import { preview } from "../../preview/preview";
import { PreviewInputError } from "../../preview/preview-input-error";
import type { Report } from "../../preview/report/report";

const HELP = `Says what a change of a Pulumi program would do, without a cloud, credentials, state or the Pulumi CLI.

npm run preview -- --base REF [options]

  --base REF       what is deployed: a branch, a tag or a commit (required)
  --head REF       what is looked at (default: the working tree, committed or not)
  --stack NAME     the stack, with its Pulumi.NAME.yaml (default: dev)
  --program DIR    the folder of Pulumi.yaml (default: here)
  --format FORMAT  text, markdown (a comment for GitHub) or json (default: text)
  --timeout SECS   how long a program may go on without asking for a resource, 1 to 3600 s (default: 60)
  --help           this

Exit status: 0 nothing changes, 2 something changes, 3 the program refuses the change,
4 the base cannot be evaluated but the head can, 1 the program is broken, the command was wrong or something that it
needs is missing, 130 interrupted.
`;

/** Loaded when they are needed: most of a preview's time is loading. */
const FORMATS = {
  text: (report: Report) =>
    (require("../../preview/report/text") as typeof import("../../preview/report/text")).toText(report),
  markdown: (report: Report) =>
    (require("../../preview/report/markdown") as typeof import("../../preview/report/markdown")).toMarkdown(
      report,
    ),
  json: (report: Report) => `${JSON.stringify(report, undefined, 2)}\n`,
};
const STATUS = { same: 0, broken: 1, changes: 2, refused: 3, uncompared: 4 } as const;

/** Where a command's words go, and what ends it. */
export interface CommandContext {
  readonly signal: AbortSignal;
  write(text: string): Promise<void>;
  say(message: string): void;
}

/** Does what the arguments ask for. Resolves to the exit status. */
export async function runCommand(args: readonly string[], context: CommandContext): Promise<number> {
  const { signal, say } = context;
  try {
    const options = optionsOrHint(args, say);
    if (options === undefined) return 1;
    if (options === "help") {
      await context.write(HELP);
      return 0;
    }
    const report = await preview({ ...options, signal, say });
    await context.write(FORMATS[options.format](report));
    return STATUS[report.outcome];
  } catch (error) {
    // Ctrl-C ends git and the compiler, too, and their failure is here before the signal, which comes with a turn.
    await new Promise(setImmediate);
    if (signal.aborted) {
      say("Interrupted; what was checked out is removed.");
      return 130;
    }
    if (!(error instanceof PreviewInputError)) throw error;
    say(error.message);
    return 1;
  }
}

function optionsOrHint(args: readonly string[], say: CommandContext["say"]) {
  try {
    return readOptions(args);
  } catch (error) {
    if (!(error instanceof PreviewInputError)) throw error;
    say(error.message);
    say("`npm run preview -- --help` lists the options.");
    return undefined;
  }
}

function readOptions(args: readonly string[]) {
  const { values } = parse(args);
  if (values.help) return "help";
  const { base, head, stack, program, format = "text", timeout } = values;
  if (base === undefined)
    throw new PreviewInputError("--base is missing: name the revision to compare with, e.g. --base main.");
  for (const [option, value] of Object.entries({ base, head, stack })) {
    if (value === "") throw new PreviewInputError(`--${option} is empty: give a name, or leave it out.`);
  }
  if (stack !== undefined && !/^[A-Za-z0-9._-]+$/.test(stack)) {
    throw new PreviewInputError(
      `--stack: got "${stack}"; allowed are letters, digits, hyphens, underscores and dots.`,
    );
  }
  if (!(format in FORMATS)) {
    throw new PreviewInputError(`--format: got "${format}"; allowed are ${Object.keys(FORMATS).join(", ")}.`);
  }
  const timeoutSeconds = timeout === undefined ? undefined : seconds(timeout);
  return { base, head, stack, program, format: format as keyof typeof FORMATS, timeoutSeconds };
}

function seconds(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= 3600) return Number(text);
  throw new PreviewInputError(
    `--timeout: got "${text}"; allowed is a whole number of seconds from 1 to 3600.`,
  );
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        base: text,
        head: text,
        stack: text,
        program: text,
        format: text,
        timeout: text,
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new PreviewInputError(error instanceof Error ? error.message : String(error));
  }
}
