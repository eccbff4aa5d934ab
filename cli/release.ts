import type { ReleaseGoal } from "../operate/release/goal";
import type { ReleaseOutcome } from "../operate/release/run-release";
import { openApplication } from "./application";
import { confirmation } from "./ask";
import { defineCommand, formatJson, type ParsedArguments } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { OptionReader, quote } from "./option-reader";
import { addStackOptions, readStackOptions, type StackOptions } from "./stack-options";
import { InputError } from "./usage-error";

interface ReleaseOptions extends StackOptions {
  readonly steps?: string;
  readonly bake?: string;
  readonly retire?: boolean;
  readonly contract?: boolean;
  readonly retry?: boolean;
  readonly reason?: string;
  readonly wait: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface ReleaseInput {
  readonly goal: Omit<ReleaseGoal, "contractThrough">;
  readonly contract: boolean;
  readonly programDirectory: string;
  readonly stack?: string;
  readonly reason?: string;
  readonly waitMinutes: number;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;
/** As the setting, so that a wrong one is rejected before the first update. */
const REASON = /^(?=.*\S)[^\p{Cc}]{1,256}$/u;
const LOCK_POLL_MS = 5_000;

export const release = defineCommand<ReleaseInput>({
  name: "release",
  summary: "release a version: deploy, canary steps, flip, bake",
  description:
    "Releases a version with one `pulumi up` a step: deploy to the idle color, canary steps, flip, and if wanted retire and " +
    "contract. Each shift passes the health gate and bakes; on an alarm the watch rolls it back and the release ends.\n\n" +
    "The next step depends on nothing but the stack. After a failure, Ctrl-C or a killed machine, the same command " +
    "continues. The stack's file gets the new settings as `pulumi config set` writes them.",
  examples: [
    ["changeover release 1.1.0", "deploy, ask, flip"],
    ["changeover release 1.1.0 --steps 5,25,50 --bake 10m", "with canary steps of 10 minutes each"],
    [
      "changeover release 1.1.0 --yes --retire --contract --json",
      "without questions, including retirement and contract",
    ],
    ["changeover release 1.1.0 --dry-run", "list the steps and preview the next one"],
  ],
  exitCodes: EXIT_CODES.release,
  interruptedMessage:
    "Interrupted. The update was stopped; `changeover status` shows the traffic. Run the same command again to continue.",
  configure: (command) =>
    addStackOptions(command)
      .argument("<version>", "version to release, such as 1.1.0")
      .option("--steps <percents>", "canary steps in percent, ascending, such as 5,25,50 (default: none)")
      .option(
        "--bake <time>",
        "bake of each shift, such as 10m or 1h, saved as bakeMinutes (default: the setting)",
      )
      .option("--retire", "at the end, scale the idle color in to 0")
      .option("--contract", "at the end, run the contract scripts that the version allows; implies --retire")
      .option("--retry", "release a version again that was rolled back")
      .option("--reason <text>", "reason, for the record of each shift")
      .option("--wait <time>", "longest wait for another update of the stack", "20m")
      .option("--yes", "shift traffic without questions")
      .option("--dry-run", "list the steps and preview the next one; change nothing"),
  read: readReleaseOptions,
  run: async (input, { env, ask, signal, write, log }) => {
    const { programDirectory, yes, dryRun, json } = input;
    const confirm = confirmation(yes || dryRun, ask);
    const { selectedStack } =
      require("../operate/selected-stack") as typeof import("../operate/selected-stack");
    const stack = input.stack ?? (await selectedStack(programDirectory));
    if (stack === undefined)
      throw new InputError(
        "--stack must be the name of a stack, got nothing. Give it, or run `pulumi stack select`.",
      );
    const { actorOf, commitOf } =
      require("../operate/shift-origin") as typeof import("../operate/shift-origin");
    const { runRelease, previewRelease } =
      require("../operate/release/run-release") as typeof import("../operate/release/run-release");
    const { openRelease } =
      require("../operate/release/open-release") as typeof import("../operate/release/open-release");
    const goal = { ...input.goal, contractThrough: contractThrough(input) };
    const origin = { actor: actorOf(env), commit: commitOf(env, programDirectory), reason: input.reason };
    const tools = {
      ...openRelease({ programDirectory, stack }),
      env,
      confirm,
      lockWaitMs: input.waitMinutes * 60_000,
      pollMs: LOCK_POLL_MS,
      signal,
      report: ({ message, ...fields }: { message: string }) =>
        log(json ? JSON.stringify({ time: new Date().toISOString(), message, ...fields }) : message),
    };
    const { EngineInputError } =
      require("../engine/program/program-error") as typeof import("../engine/program/program-error");
    const outcome = await (dryRun ? previewRelease : runRelease)(goal, origin, tools).catch(
      (error: unknown) => {
        throw error instanceof EngineInputError ? new InputError(error.message) : error;
      },
    );
    await write(json ? formatJson(outcome) : outcomeText(outcome));
    return exitStatus(outcome);
  },
});

function readReleaseOptions({ options, args, env }: ParsedArguments): ReleaseInput {
  const { steps, bake, retire, contract, retry, reason, wait, yes, dryRun, json, ...stack } =
    options as unknown as ReleaseOptions;
  const reader = new OptionReader();
  const [version] = args as readonly (string | undefined)[];
  if (version === undefined || !VERSION.test(version)) {
    reader.reject("version", "a version such as 1.1.0; 1.1.0+2 is another deployment of it", quote(version));
  }
  const { programDirectory, stack: name } = readStackOptions(reader, stack, env);
  const goal = {
    version: version ?? "",
    steps: steps === undefined ? [] : readSteps(reader, steps),
    bakeMinutes: bake === undefined ? undefined : readMinutes(reader, "--bake", bake, 0, 240),
    retire: retire === true || contract === true,
    retry: retry === true,
  };
  const flags = {
    contract: contract === true,
    yes: yes === true,
    dryRun: dryRun === true,
    json: json === true,
  };
  const waitMinutes = readMinutes(reader, "--wait", wait, 0, 1440);
  if (reason !== undefined && !REASON.test(reason)) {
    reader.reject("--reason", "a text of one line, 1 to 256 characters", quote(reason));
  }
  return reader.result({ goal, programDirectory, stack: name, reason, waitMinutes, ...flags });
}

function readSteps(reader: OptionReader, text: string): number[] {
  const steps = text.split(",").map((part) => (/^\s*\d{1,2}\s*$/.test(part) ? Number(part) : 0));
  const isAscending = steps.every((step, index) => step > (steps[index - 1] ?? 0));
  if (!isAscending) reader.reject("--steps", "ascending percents from 1 to 99, such as 5,25,50", quote(text));
  return steps;
}

function readMinutes(reader: OptionReader, key: string, text: string, min: number, max: number): number {
  const [, number = "", unit] = /^(\d{1,4})(m|h)?$/.exec(text) ?? [];
  const minutes = number === "" ? Number.NaN : Number(number) * (unit === "h" ? 60 : 1);
  if (minutes >= min && minutes <= max) return minutes;
  reader.reject(key, `${min} to ${max} minutes, such as 10m or 1h`, quote(text));
  return min;
}

/** The last contract script that may run once the version has all traffic. */
function contractThrough({ contract, goal }: ReleaseInput): string | undefined {
  if (!contract) return undefined;
  const { loadScripts } =
    require("../migrations/script/load-scripts") as typeof import("../migrations/script/load-scripts");
  const { compareVersions } =
    require("../migrations/script/version") as typeof import("../migrations/script/version");
  const { migrationsDirectory } = openApplication();
  const [version = ""] = goal.version.split("+");
  const unneeded = loadScripts(migrationsDirectory).filter(
    ({ deadFrom }) => deadFrom !== undefined && compareVersions(deadFrom, version) <= 0,
  );
  return unneeded.at(-1)?.id;
}

function outcomeText({ status, reason, remedies }: ReleaseOutcome): string {
  const end = status === "released" || status === "planned" ? "." : "";
  return `${reason}${end}\n${remedies.map((line) => `${line}\n`).join("")}`;
}

function exitStatus({ status }: ReleaseOutcome): number {
  const { done, failed, rolledBack, conflict, locked, declined, expired } = EXIT_CODES.release;
  const statuses: Readonly<Record<ReleaseOutcome["status"], number>> = {
    ...{ released: done, planned: done, failed, conflict, locked, declined, expired },
    "rolled-back": rolledBack,
  };
  return statuses[status];
}
