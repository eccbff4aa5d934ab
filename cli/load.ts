import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PROGRAM_DIRECTORY } from "./application";
import { defineCommand, formatJson, type ParsedArguments } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { OptionReader, quote } from "./option-reader";

interface LoadInput {
  readonly url: string;
  readonly programDirectory?: string;
  readonly journeysFile?: string;
  readonly requestsPerSecond: number;
  readonly sessions: number;
  readonly uploads: number;
  readonly webSockets: number;
  readonly durationSeconds: number;
  readonly seed: number;
  readonly json?: string | true;
}

const UPLOAD = { bytes: 256 * 1024, durationSeconds: 8 };

export const load = defineCommand<LoadInput>({
  name: "load",
  summary: "put the load of a rehearsal on a real stack, such as staging",
  description:
    "Sends the requests of the application's load to a URL, for a time, and reports what failed, like a rehearsal. Flips that " +
    "happen meanwhile are seen by the color of the answers.\n\nThe load writes data. Do not use it on production.",
  examples: [
    ["changeover load https://staging.shop.example --duration 600", "ten minutes, while a release goes on"],
    [
      "changeover load https://staging.shop.example --program ../shop --rate 50",
      "the load of another program",
    ],
    [
      "changeover load https://staging.shop.example --journeys journeys.json",
      "journeys of a file, such as recorded ones",
    ],
  ],
  exitCodes: EXIT_CODES.rehearse,
  interruptedMessage: "Interrupted. The load is stopped.",
  configure: (command) =>
    command
      .argument("<url>", "address of the stack, without a path")
      .option(
        "--program <folder>",
        "folder of app/, which has the load (default: this checkout, or none with --journeys)",
      )
      .option(
        "--journeys <file>",
        "journeys in JSON, YAML, or a module that exports load; with --program, its sessions and the journeys that write are added",
      )
      .option("--duration <seconds>", "time of the load, 1 to 86400 s (default: 60)")
      .option("--rate <number>", "requests a second, 1 to 2000 (default: 20)")
      .option(
        "--users <number>",
        "users who may wait for an answer at the same time, 1 to 10000 (default: 50)",
      )
      .option("--uploads <number>", "devices that upload, 0 to 1000 (default: 0)")
      .option("--sockets <number>", "devices with a WebSocket, 0 to 1000 (default: 0)")
      .option("--seed <number>", "seed of the load: the same seed makes the same choices (default: 1)")
      .option("--json [file]", "write the figures as JSON to the file, or to the standard output"),
  read: readLoadOptions,
  run: async (input, { signal, write }) => {
    const { loadOutcome, startLoad } = require("../rehearsal/load") as typeof import("../rehearsal/load");
    const { observedFlips } =
      require("../rehearsal/load/observed-flips") as typeof import("../rehearsal/load/observed-flips");
    const { loadText } =
      require("../rehearsal/report/load-text") as typeof import("../rehearsal/report/load-text");
    const { uploads, durationSeconds, json, ...options } = input;
    const running = startLoad({
      ...options,
      versionIsColor: true,
      uploads: { concurrent: uploads, ...UPLOAD },
    });
    try {
      await running.started;
      await sleep(durationSeconds * 1000, undefined, { signal });
    } catch (error) {
      await running.stop().catch(() => undefined);
      throw error;
    }
    const figures = await running.stop();
    const outcome = loadOutcome(figures);
    const observed = observedFlips(figures);
    const result = formatJson({ outcome, observedFlips: observed, figures });
    if (typeof json === "string") writeFileSync(json, result);
    await write(json === true ? result : `${loadText(figures, outcome, observed)}\n`);
    return outcome.outcome === "failed" ? EXIT_CODES.rehearse.failed : EXIT_CODES.rehearse.passed;
  },
});

function readLoadOptions({ options, args }: ParsedArguments): LoadInput {
  const given = options as Readonly<Record<string, string | undefined>>;
  const [url = ""] = args as [string];
  const reader = new OptionReader();
  if (!/^https?:\/\/[^/?#\s]+\/?$/.test(url) || !URL.canParse(url)) {
    reader.reject("url", "an address such as https://staging.shop.example, without a path", quote(url));
  }
  const number = (name: string, min: number, max: number, fallback: number) => {
    const text = given[name];
    return text === undefined ? fallback : reader.wholeNumber(`--${name}`, text, { min, max });
  };
  const { program, journeys } = given;
  const isOwn = program === undefined && journeys === undefined;
  return reader.result({
    url,
    programDirectory: isOwn ? PROGRAM_DIRECTORY : program && resolve(program),
    journeysFile: journeys && resolve(journeys),
    requestsPerSecond: number("rate", 1, 2000, 20),
    sessions: number("users", 1, 10_000, 50),
    uploads: number("uploads", 0, 1000, 0),
    webSockets: number("sockets", 0, 1000, 0),
    durationSeconds: number("duration", 1, 86_400, 60),
    seed: number("seed", 0, 999_999_999, 1),
    json: options.json as LoadInput["json"],
  });
}
