import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { RehearsalOptions } from "../rehearsal/scenario/options";
import { ENGINE_NAMES, type EngineName } from "../rehearsal/scenario/options";
import { openApplication, PROGRAM_DIRECTORY } from "./application";
import { defineCommand, formatJson, type ParsedArguments } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { OptionReader } from "./option-reader";
import { InputError, UsageError } from "./usage-error";

interface RehearseOptions {
  readonly quick?: boolean;
  readonly releases?: string;
  readonly rate?: string;
  readonly bake?: string;
  readonly engine?: string;
  readonly json?: string | true;
  readonly verbose?: boolean;
  readonly program?: string;
  readonly stack?: string;
}

export interface RehearseInput extends Omit<RehearsalOptions, "versions"> {
  /** Number of versions to release after the first one. */
  readonly releases: number;
  /** File to write the figures to, or true for the standard output. */
  readonly json?: string | true;
  readonly verbose: boolean;
}

export const rehearse = defineCommand<RehearseInput>({
  name: "rehearse",
  summary: "rehearse a release on this machine, under load",
  description:
    "Rehearses a release on this machine: real service processes, a real PostgreSQL, a real load balancer, under load.\n\n" +
    "It deploys the program with the settings of Pulumi.dev.yaml, starts the load, deploys the next version " +
    "to the idle color with its expand migrations, flips traffic, rolls back, flips again, retires the idle color and runs " +
    "the contract migrations. Then it stops everything that it started.",
  examples: [
    ["changeover rehearse --quick", "a whole release in about half a minute"],
    ["changeover rehearse --rate 500 --bake 30", "more load, and half a minute of it between two steps"],
    ["changeover rehearse --program ../shop", "the program and the application of another folder"],
    ["changeover rehearse --json figures.json", "also write the figures to a file"],
  ],
  exitCodes: EXIT_CODES.rehearse,
  interruptedMessage: "Interrupted. Everything that was started is stopped.",
  configure: (command) =>
    command
      .option("--quick", "less load, shorter waits and uploads, in-process engine, no second update")
      .option("--program <folder>", "folder of Pulumi.yaml and app/ (default: this checkout)")
      .option("--stack <name>", "stack whose settings are used (default: dev)")
      .option(
        "--releases <number>",
        "releases one after the other, 1 to 20; after the newest version, it is deployed again (default: 1)",
      )
      .option("--rate <number>", "requests a second, 1 to 2000 (default: 200, quick 100)")
      .option("--bake <seconds>", "load between two steps, 1 to 600 s (default: 8, quick 0.2)")
      .option(
        "--engine <name>",
        `engine that runs the program, ${ENGINE_NAMES.join(" or ")} (default: cli if pulumi is on the PATH, ` +
          "quick in-process)",
      )
      .option(
        "--json [file]",
        "write the figures as JSON to the file, or to the standard output if no file is given",
      )
      .option("--verbose", "print the properties of every change"),
  read: readRehearseOptions,
  run: async (input, { signal, write }) => {
    const { releases, json, verbose, ...options } = input;
    const versions = planVersions(input);
    if (typeof json === "string") checkWritable(json);
    const { rehearse } =
      require("../rehearsal/scenario/rehearse") as typeof import("../rehearsal/scenario/rehearse");
    const report = require("../rehearsal/report/report") as typeof import("../rehearsal/report/report");
    const { Screen } = require("../rehearsal/report/screen") as typeof import("../rehearsal/report/screen");
    const { loadOutcome } = require("../rehearsal/load") as typeof import("../rehearsal/load");
    const screen = new Screen(json === true ? process.stderr : process.stdout, verbose);
    signal.addEventListener("abort", () =>
      screen.line("\nInterrupted: stopping everything. Press Ctrl-C again to stop at once."),
    );
    const rehearsal = await rehearse({ ...options, versions }, screen, signal);
    screen.line(`\n${report.closingTable(rehearsal)}`);
    const figures = formatJson(report.jsonReport(rehearsal, options));
    if (json === true) await write(figures);
    if (typeof json === "string") writeFileSync(json, figures);
    return loadOutcome(rehearsal.figures).outcome === "failed"
      ? EXIT_CODES.rehearse.failed
      : EXIT_CODES.rehearse.passed;
  },
});

const MAX_RELEASES = 20;

function readRehearseOptions({ options }: Pick<ParsedArguments, "options">): RehearseInput {
  const { quick = false, releases, rate, bake, engine, json, verbose = false } = options as RehearseOptions;
  const { program, stack } = options as RehearseOptions;
  const programDirectory = program === undefined ? PROGRAM_DIRECTORY : resolve(program);
  const reader = new OptionReader();
  const wholeNumber = (key: string, text: string | undefined, max: number, fallback: number) =>
    text === undefined ? fallback : reader.wholeNumber(key, text, { min: 1, max });
  let engineName: EngineName | undefined = quick ? "in-process" : undefined;
  if (engine !== undefined) engineName = reader.oneOf("--engine", engine, ENGINE_NAMES);
  if (stack !== undefined && !/^[\w.-]{1,100}$/.test(stack)) {
    reader.reject("--stack", "letters, digits, hyphens, underscores and dots", JSON.stringify(stack));
  }
  const input = {
    programDirectory,
    stack,
    releases: wholeNumber("--releases", releases, MAX_RELEASES, 1),
    requestsPerSecond: wholeNumber("--rate", rate, 2000, quick ? 100 : 200),
    bakeSeconds: wholeNumber("--bake", bake, 600, quick ? 0.2 : 8),
    uploadSeconds: quick ? 1 : 8,
    drainSeconds: quick ? 4 : 20,
    engine: engineName,
    again: !quick,
    json,
    verbose,
  };
  return reader.result(input);
}

/**
 * Opens the application, and plans its versions.
 *
 * @throws InputError if the program cannot be rehearsed
 */
function planVersions({
  programDirectory,
  stack,
  releases,
}: Pick<RehearseInput, "programDirectory" | "stack" | "releases">): RehearsalOptions["versions"] {
  const { rehearsableProject } =
    require("../rehearsal/scenario/rehearsable-project") as typeof import("../rehearsal/scenario/rehearsable-project");
  const { rehearsedVersions } =
    require("../rehearsal/scenario/rehearsed-versions") as typeof import("../rehearsal/scenario/rehearsed-versions");
  const { loadScripts } =
    require("../migrations/script/load-scripts") as typeof import("../migrations/script/load-scripts");
  try {
    rehearsableProject({ programDirectory, stack });
  } catch (error) {
    throw new InputError((error as Error).message);
  }
  const { versions, migrationsDirectory } = openApplication(programDirectory);
  if (versions.length === 0) {
    throw new InputError(
      "application.versions must have a version for a rehearsal, got none. " +
        "Add the version of your sources to app/index.ts.",
    );
  }
  const names = versions.map(({ version }) => version);
  return rehearsedVersions(names, loadScripts(migrationsDirectory), releases);
}

/** Checks before the rehearsal, which takes minutes, that the file for the figures can be written. */
function checkWritable(file: string): void {
  try {
    writeFileSync(file, "");
  } catch (error) {
    const got = `${resolve(file)} (${(error as NodeJS.ErrnoException).code})`;
    throw UsageError.of({ key: "--json", allowed: "a file that can be written", got });
  }
}
