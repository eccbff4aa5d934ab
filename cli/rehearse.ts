import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { AnyFault } from "../rehearsal/faults/stage/fault";
import type { RehearsalOptions } from "../rehearsal/scenario/options";
import { ENGINE_NAMES, type EngineName } from "../rehearsal/scenario/options";
import { STRATEGY_NAMES, type StrategyName } from "../rehearsal/scenario/strategies";
import { PROGRAM_DIRECTORY } from "./application";
import { defineCommand, formatJson, type ParsedArguments } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { npmOptions } from "./npm-options";
import { OptionReader } from "./option-reader";
import { type Recording, recordedRate, recordJourneys } from "./recording";
import { InputError, UsageError } from "./usage-error";

interface RehearseOptions {
  readonly quick?: boolean;
  readonly releases?: string;
  readonly rate?: string;
  readonly bake?: string;
  readonly boot?: string;
  readonly canary?: string;
  readonly seed?: string;
  readonly engine?: string;
  readonly json?: string | true;
  readonly verbose?: boolean;
  readonly program?: string;
  readonly stack?: string;
  readonly strategy?: string;
  readonly story?: boolean;
  readonly fault?: string | string[];
  readonly faults?: string;
  readonly keep?: boolean;
  readonly report?: string;
  readonly record?: string;
  readonly replay?: string;
}

export interface RehearseInput extends Omit<RehearsalOptions, "versions"> {
  /** Number of versions to release after the first one. */
  readonly releases: number;
  /** File to write the figures to, or true for the standard output. */
  readonly json?: string | true;
  readonly verbose: boolean;
  /** Ways in which the same release is made instead; none for releases without downtime. */
  readonly strategies: readonly StrategyName[];
  /** Faults to rehearse instead of releases, or `list` to describe all. */
  readonly faults: readonly AnyFault[] | "list";
  /** True to keep the files of a run that passes too. */
  readonly keep: boolean;
  /** Access logs to turn into a file of journeys instead of a rehearsal. */
  readonly recording: Recording | undefined;
  /** True if the journeys file decides about the rate. */
  readonly ratedByJourneys: boolean;
  /** File of the report; its extension is the format. */
  readonly report: string | undefined;
}

export const rehearse = defineCommand<RehearseInput>({
  name: "rehearse",
  summary: "rehearse a release on this machine, under load",
  description:
    "Rehearses releases on this machine: real service processes, a real PostgreSQL, a real load balancer, under load.\n\n" +
    "It deploys the program with the settings of Pulumi.dev.yaml, starts the load, and makes four releases in a row. Each " +
    "deploys the next version to the idle color with its expand migrations, shifts a canary and then all of the traffic, " +
    "bakes both shifts under the watch, retires the former color and runs the contract migrations. One release is rolled " +
    "back in between. Then it stops everything that it started.",
  examples: [
    ["changeover rehearse --quick", "a whole release in about half a minute"],
    [
      "changeover rehearse --rate 500 --bake 30",
      "more load, and half a minute of bake after each traffic shift",
    ],
    ["changeover rehearse --story", "the same release in four ways, three with an outage and one without"],
    ["changeover rehearse --faults all", "every fault, each with its expected outcome, in about ten minutes"],
    ["changeover rehearse --fault database-away --fault runner-killed", "two faults"],
    ["changeover rehearse --program ../shop", "the program and the application of another folder"],
    [
      "changeover rehearse --record logs/ --replay journeys.json",
      "turn access logs of a load balancer into journeys, and end",
    ],
    ["changeover rehearse --replay journeys.json", "releases under the traffic that was recorded"],
    ["changeover rehearse --report run.html", "write the report to this file"],
    ["changeover rehearse --json run.json", "also write the record of the run to a file"],
  ],
  exitCodes: EXIT_CODES.rehearse,
  interruptedMessage: "Interrupted. Everything that was started is stopped.",
  configure: (command) =>
    command
      .option(
        "--quick",
        "one release without canary and bake, less load, in-process engine, no second update",
      )
      .option("--program <folder>", "folder of Pulumi.yaml and app/ (default: this checkout)")
      .option("--stack <name>", "stack whose settings are used (default: dev)")
      .option(
        "--releases <number>",
        "releases one after the other, 1 to 20; after the newest version, it is deployed again (default: 4, quick 1)",
      )
      .option("--rate <number>", "requests a second, 1 to 2000 (default: 200, quick 100)")
      .option(
        "--bake <seconds>",
        "time for which the watch observes each traffic shift, 0 to 600 s (default: 5, quick 0)",
      )
      .option(
        "--boot <seconds>",
        "time that an instance takes to boot, before its services start, 0 to 300 s (default: 0, with --strategy and " +
          `--story ${STORY_BOOT_SECONDS})`,
      )
      .option("--canary <percent>", "traffic of the canary, 0 to 99; 0 for none (default: 10, quick 0)")
      .option("--seed <number>", "seed of the load, which gives the same requests again (default: 1)")
      .option(
        "--engine <name>",
        `engine that runs the program, ${ENGINE_NAMES.join(" or ")} (default: cli if pulumi is on the PATH, ` +
          "quick in-process)",
      )
      .option(
        "--json [file]",
        "write the record of the run as JSON to the file, or to the standard output if no file is given",
      )
      .option(
        "--strategy <name>",
        `make one release in this way and measure its outage: ${STRATEGY_NAMES.join(", ")}`,
      )
      .option("--story", "make the same release in all of these ways, side by side")
      .option(
        "--faults <which>",
        "all: inject every fault, each with its expected outcome; list: describe them",
      )
      .option("--fault <name>", "inject this fault; can be repeated", (name: string, all: string[] = []) => [
        ...all,
        name,
      ])
      .option(
        "--record <logs>",
        "turn access logs of an ALB (a file or a folder, also compressed) into journeys without personal data, write them to " +
          "the file of --replay (default: journeys.json), and rehearse nothing",
      )
      .option(
        "--replay <file>",
        "make the journeys of this file, with the sessions of the application and its journeys that write; the default of " +
          "--rate is then the busiest recorded minute, 20 or more",
      )
      .option(
        "--report <file>",
        "write the report as a page (.html), Markdown (.md) or JSON (.json) (default: dist/rehearsal.html, quick none)",
      )
      .option("--keep", "keep record, logs and state of a run that passes too")
      .option("--verbose", "print the properties of every change"),
  read: readRehearseOptions,
  run: async (input, { signal, write }) => {
    const {
      releases,
      json,
      verbose,
      strategies,
      faults,
      keep,
      report,
      recording,
      ratedByJourneys,
      ...options
    } = input;
    if (recording !== undefined) {
      await write(await recordJourneys(recording, signal));
      return EXIT_CODES.rehearse.passed;
    }
    if (faults === "list") {
      await write(json === undefined ? listOfFaults() : formatJson(describedFaults()));
      return EXIT_CODES.rehearse.passed;
    }
    const versions = await planVersions(input, signal);
    await rejectMachine();
    if (typeof json === "string") checkWritable("--json", json);
    if (report !== undefined) checkWritable("--report", report);
    const { rehearse } =
      require("../rehearsal/scenario/rehearse") as typeof import("../rehearsal/scenario/rehearse");
    const { rehearseStrategies } =
      require("../rehearsal/scenario/rehearse-strategies") as typeof import("../rehearsal/scenario/rehearse-strategies");
    const { rehearseFaults } =
      require("../rehearsal/faults/stage/rehearse-faults") as typeof import("../rehearsal/faults/stage/rehearse-faults");
    const { KeptRun } = require("../rehearsal/kept/kept-run") as typeof import("../rehearsal/kept/kept-run");
    const { formatOfFile, renderReport } =
      require("../rehearsal/report/render-report") as typeof import("../rehearsal/report/render-report");
    const { faultScreen } =
      require("../rehearsal/report/fault-screen") as typeof import("../rehearsal/report/fault-screen");
    const { summaryText } =
      require("../rehearsal/report/summary") as typeof import("../rehearsal/report/summary");
    const { Screen } = require("../rehearsal/report/screen") as typeof import("../rehearsal/report/screen");
    const screen = new Screen(json === true ? process.stderr : process.stdout, verbose);
    signal.addEventListener("abort", () =>
      screen.line("\nInterrupted: stopping everything. Press Ctrl-C again to stop at once."),
    );
    const stopping = AbortSignal.any([signal, screen.closed]);
    const rate = ratedByJourneys ? recordedRate(options.journeysFile ?? "") : undefined;
    const settings = { ...options, versions, ...(rate && { requestsPerSecond: rate }) };
    const kept = new KeptRun(options.programDirectory, keep);
    const run = () => {
      if (faults.length > 0) return rehearseFaults(faults, settings, faultScreen(screen), stopping, kept);
      if (strategies.length > 0) return rehearseStrategies(strategies, settings, screen, stopping, kept);
      return rehearse(settings, screen, stopping, kept);
    };
    const record = await run().catch((error: Error) => {
      if (!signal.aborted && screen.closed.aborted) {
        throw new Error("The output was closed. Everything that was started is stopped.");
      }
      const line = kept.lastLine();
      if (line !== undefined && !signal.aborted) error.message += `\n\n${line}`;
      throw error;
    });
    const summary = summaryText(record);
    screen.line(`\n${summary}`);
    const hasFailed = record.outcome.result === "failed";
    kept.keepFiles(hasFailed, {
      "record.json": renderReport(record, "json"),
      "report.html": renderReport(record, "html"),
      "summary.txt": `${summary}\n`,
      "command.txt": `${settings.command}\n`,
    });
    if (json === true) await write(formatJson(record));
    if (typeof json === "string") writeFileSync(json, formatJson(record));
    if (report !== undefined) {
      writeFileSync(report, renderReport(record, formatOfFile(report) ?? "html"));
      screen.line(`\nReport: ${relative("", report)}`);
    }
    const line = kept.lastLine();
    if (line !== undefined) screen.line(`\n${line}`);
    return hasFailed ? EXIT_CODES.rehearse.failed : EXIT_CODES.rehearse.passed;
  },
});

/** Options that `npm start` may take for its own settings. */
const NPM_OPTIONS = [
  ...["quick", "story", "strategy", "releases", "rate", "bake", "boot", "canary", "seed"],
  ...["engine", "program", "stack", "faults", "fault", "keep", "report", "record", "replay"],
];

/** Options that do not change the run. */
const OUTPUT_OPTIONS = ["json", "verbose", "keep", "report"];

const DEFAULT_REPORT = join(PROGRAM_DIRECTORY, "dist", "rehearsal.html");

const MAX_RELEASES = 20;
/** An instance boots longer than the database changes, as on AWS. */
const STORY_BOOT_SECONDS = 5;
/** An alarm that needs three minutes on AWS goes off within 4.5 s, so also during a bake of 5 s. */
const ALARM_TIME_SCALE = 40;

function readRehearseOptions({
  options: given,
  env,
}: Pick<ParsedArguments, "options" | "env">): RehearseInput {
  const options = { ...npmOptions(env, NPM_OPTIONS), ...given };
  const { quick = false, releases, rate, bake, boot, engine, json } = options as RehearseOptions;
  const { program, stack, canary, seed, strategy, story = false } = options as RehearseOptions;
  const { keep = false, verbose = false } = options as RehearseOptions;
  const programDirectory = program === undefined ? PROGRAM_DIRECTORY : resolve(program);
  const reader = new OptionReader();
  const wholeNumber = (key: string, text: string | undefined, max: number, fallback: number, min = 1) =>
    text === undefined ? fallback : reader.wholeNumber(key, text, { min, max });
  let engineName: EngineName | undefined = quick ? "in-process" : undefined;
  if (engine !== undefined) engineName = reader.oneOf("--engine", engine, ENGINE_NAMES);
  if (stack !== undefined && !/^[\w.-]{1,100}$/.test(stack)) {
    reader.reject("--stack", "letters, digits, hyphens, underscores and dots", JSON.stringify(stack));
  }
  const named = strategy === undefined ? undefined : reader.oneOf("--strategy", strategy, STRATEGY_NAMES);
  if (story && strategy !== undefined)
    reader.reject("--strategy", "absent with --story, which makes all", strategy);
  const strategies = story ? STRATEGY_NAMES : named === undefined ? [] : [named];
  if (strategies.length > 0 && releases !== undefined) {
    reader.reject("--releases", "absent with --strategy and --story, which make one release", releases);
  }
  const faults = readFaults(options as RehearseOptions, reader);
  const hasFaults = faults === "list" || faults.length > 0;
  if (hasFaults && strategies.length > 0) {
    reader.reject("--fault", "absent with --strategy and --story", "both");
  }
  if (hasFaults && releases !== undefined) {
    reader.reject("--releases", "absent with --fault and --faults, which release no version", releases);
  }
  if (hasFaults && boot !== undefined) {
    reader.reject("--boot", "absent with --fault and --faults, whose limits assume no boot time", boot);
  }
  const { record, replay } = options as RehearseOptions;
  if (hasFaults && replay !== undefined)
    reader.reject("--replay", "absent with --fault and --faults", replay);
  const journeysFile = record === undefined && replay !== undefined ? resolve(replay) : undefined;
  const recording = record === undefined ? undefined : { logs: record, file: replay ?? "journeys.json" };
  const isOneRelease = quick || strategies.length > 0 || hasFaults;
  const { report = quick ? undefined : DEFAULT_REPORT } = options as RehearseOptions;
  if (report !== undefined && !/\.(html?|md|markdown|json)$/i.test(report)) {
    reader.reject("--report", "a file that ends with .html, .md or .json", JSON.stringify(report));
  }
  const input = {
    report,
    programDirectory,
    stack,
    command: commandLine(options),
    strategies,
    faults,
    keep,
    releases: wholeNumber("--releases", releases, MAX_RELEASES, isOneRelease ? 1 : 4),
    journeysFile,
    recording,
    ratedByJourneys: journeysFile !== undefined && rate === undefined,
    requestsPerSecond: wholeNumber("--rate", rate, 2000, hasFaults ? 50 : quick ? 100 : 200),
    seed: wholeNumber("--seed", seed, 999_999_999, 1),
    canaryPercent: wholeNumber("--canary", canary, 99, quick ? 0 : 10, 0),
    bakeSeconds: wholeNumber("--bake", bake, 600, quick ? 0 : 5, 0),
    bootSeconds: wholeNumber("--boot", boot, 300, strategies.length > 0 ? STORY_BOOT_SECONDS : 0, 0),
    alarmTimeScale: ALARM_TIME_SCALE,
    uploadSeconds: quick ? 1 : 3,
    drainSeconds: quick ? 4 : 8,
    engine: engineName,
    again: !quick,
    json,
    verbose,
  };
  return reader.result(input);
}

function allFaults(): readonly AnyFault[] {
  const { FAULTS } = require("../rehearsal/faults") as typeof import("../rehearsal/faults");
  return FAULTS;
}

function readFaults({ fault = [], faults }: RehearseOptions, reader: OptionReader): RehearseInput["faults"] {
  const names = [fault].flat(); // npm passes a single text.
  const which = faults === undefined ? undefined : reader.oneOf("--faults", faults, ["all", "list"]);
  if (names.length > 0 && faults !== undefined) {
    reader.reject("--fault", "absent with --faults", names.join(", "));
  }
  if (which !== undefined) return which === "list" ? which : allFaults();
  if (names.length === 0) return [];
  const known = allFaults();
  for (const name of names) {
    reader.oneOf(
      "--fault",
      name,
      known.map((each) => each.name),
    );
  }
  return known.filter(({ name }) => names.includes(name));
}

function describedFaults() {
  return allFaults().map(({ name, summary, tolerates, expected, onAws }) => ({
    ...{ name, summary, tolerates, expected, onAws },
  }));
}

function listOfFaults(): string {
  const texts = describedFaults().map(
    ({ name, summary, tolerates, expected, onAws }) =>
      `${name}\n  ${summary}\n  Tolerated: ${tolerates}\n  Expected: ${expected}\n  On AWS: ${onAws}\n`,
  );
  return texts.join("\n");
}

/**
 * Opens the program, checks it, and plans its versions.
 *
 * @throws InputError if the program cannot be rehearsed
 */
async function planVersions(
  { programDirectory, stack, releases, canaryPercent, strategies, faults }: RehearseInput,
  signal: AbortSignal,
): Promise<RehearsalOptions["versions"]> {
  const { rehearsableProject } =
    require("../rehearsal/scenario/rehearsable-project") as typeof import("../rehearsal/scenario/rehearsable-project");
  const { rehearsedVersions } =
    require("../rehearsal/scenario/rehearsed-versions") as typeof import("../rehearsal/scenario/rehearsed-versions");
  const { openRehearsedProgram } =
    require("../rehearsal/scenario/open-rehearsed-program") as typeof import("../rehearsal/scenario/open-rehearsed-program");
  const { checkOwnProgram } =
    require("../rehearsal/scenario/check-own-program") as typeof import("../rehearsal/scenario/check-own-program");
  await asInput(() => rehearsableProject({ programDirectory, stack }));
  const { versions: known, scripts, isOwn } = openRehearsedProgram(programDirectory);
  if (known.length === 0) {
    throw new InputError(
      "application.versions must have a version for a rehearsal, got none. " +
        "Add the version of your sources to app/index.ts.",
    );
  }
  if (isOwn && (strategies.length > 0 || faults.length > 0)) {
    throw new InputError(
      "--strategy, --story, --fault and --faults need both tiers and the outputs of this repository's program, got a program " +
        "with rehearsal.ts. Rehearse its releases without these options.",
    );
  }
  const versions = rehearsedVersions(known, scripts, releases);
  await asInput(() => checkOwnProgram({ programDirectory, stack, versions, canaryPercent, signal }));
  return versions;
}

/** @throws InputError if the machine lacks something that a rehearsal needs */
async function rejectMachine(): Promise<void> {
  const { checkMachine } =
    require("../rehearsal/scenario/check-machine") as typeof import("../rehearsal/scenario/check-machine");
  await asInput(checkMachine);
}

/** Runs a check of the program or the machine. @throws InputError if it fails */
async function asInput(check: () => unknown): Promise<void> {
  try {
    await check();
  } catch (error) {
    throw new InputError((error as Error).message);
  }
}

/** The command that repeats a run with these options. */
function commandLine(options: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(options)
    .filter(([name]) => !OUTPUT_OPTIONS.includes(name))
    .flatMap(([name, value]) =>
      [value].flat().map((each) => (each === true ? `--${name}` : `--${name} ${each}`)),
    );
  return ["changeover rehearse", ...words].join(" ");
}

/** Checks before the rehearsal, which takes minutes, that a file can be written. */
function checkWritable(key: string, file: string): void {
  try {
    if (file === DEFAULT_REPORT) mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
  } catch (error) {
    const got = `${resolve(file)} (${(error as NodeJS.ErrnoException).code})`;
    throw UsageError.of({ key, allowed: "a file that can be written", got });
  }
}
