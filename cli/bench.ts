import { type CommandGroup, defineCommand, formatJson, type ParsedArguments } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { OptionReader } from "./option-reader";

const INTERRUPTED_MESSAGE = "Interrupted. Everything that was started is stopped.";

function readNumbers(key: string, { args }: ParsedArguments, max: number): number[] {
  const reader = new OptionReader();
  return reader.result(
    args
      .flat()
      .flatMap((text) => (text === undefined ? [] : [reader.wholeNumber(key, text, { min: 1, max })])),
  );
}

const lint = defineCommand<number>({
  name: "lint",
  summary: "measure the lint, and compare its findings with squawk's",
  examples: [["changeover bench lint 5000", "5000 statements"]],
  exitCodes: EXIT_CODES.common,
  configure: (command) => command.argument("[statements]", "number of statements", "1000"),
  read: (parsed) => readNumbers("statements", parsed, 1_000_000)[0] ?? 0,
  run: async (statements, { write }) => {
    const { benchLint } = require("../bench/lint") as typeof import("../bench/lint");
    await write(formatJson(await benchLint(statements)));
    return EXIT_CODES.common.done;
  },
});

const load = defineCommand<{ seconds: number; rates: readonly number[] }>({
  name: "load",
  summary: "measure the load generator",
  examples: [["changeover bench load 5 200 500", "5 s each at 200 and 500 requests a second"]],
  exitCodes: EXIT_CODES.common,
  configure: (command) =>
    command
      .argument("[seconds]", "duration of each measurement", "5")
      .argument("[rates...]", "requests a second", ["200", "500", "1000", "2000"]),
  read: (parsed) => {
    const [seconds = 0, ...rates] = readNumbers("seconds and rates", parsed, 10_000);
    return { seconds, rates };
  },
  run: async (options, { write }) => {
    const { benchLoad } = require("../bench/load") as typeof import("../bench/load");
    await write(formatJson(await benchLoad(options)));
    return EXIT_CODES.common.done;
  },
});

const balancer = defineCommand<undefined>({
  name: "balancer",
  summary: "measure the simulator's load balancer against a direct connection",
  examples: [["changeover bench balancer", "requests per second of both, and their ratio"]],
  exitCodes: EXIT_CODES.common,
  read: () => undefined,
  run: async (_input, { write }) => {
    const { benchBalancer } = require("../bench/balancer") as typeof import("../bench/balancer");
    await write(formatJson(await benchBalancer()));
    return EXIT_CODES.common.done;
  },
});

const preview = defineCommand<readonly number[]>({
  name: "preview",
  summary: "measure previews of a flip, and of programs of growing size",
  examples: [["changeover bench preview 1 10", "programs with 1 and with 10 fleets"]],
  exitCodes: EXIT_CODES.common,
  configure: (command) => command.argument("[fleets...]", "fleets of each program", ["1", "10", "50", "100"]),
  read: (parsed) => readNumbers("fleets", parsed, 10_000),
  run: async (fleets, { write }) => {
    const { benchPreview } = require("../bench/preview") as typeof import("../bench/preview");
    await write(formatJson(benchPreview(fleets)));
    return EXIT_CODES.common.done;
  },
});

const migrations = defineCommand<boolean>({
  name: "migrations",
  summary: "measure the effect of database changes on clients",
  examples: [["changeover bench migrations --quick", "200,000 rows instead of a million"]],
  exitCodes: EXIT_CODES["bench migrations"],
  interruptedMessage: INTERRUPTED_MESSAGE,
  configure: (command) => command.option("--quick", "fewer rows and shorter transactions"),
  read: ({ options }) => options.quick === true,
  run: async (quick, { signal, write }) => {
    const { benchMigrations } = require("../bench/migrations") as typeof import("../bench/migrations");
    const report = await benchMigrations(quick, signal);
    await write(formatJson(report));
    return EXIT_CODES["bench migrations"][report.outcome];
  },
});

const migrationsKill = defineCommand<number>({
  name: "migrations-kill",
  summary: "kill migrations at random moments, and check that the next run completes them",
  examples: [["changeover bench migrations-kill --kills 20", "20 kills"]],
  exitCodes: EXIT_CODES["bench migrations-kill"],
  interruptedMessage: INTERRUPTED_MESSAGE,
  configure: (command) => command.option("--kills <number>", "number of kills, 1 to 10000", "100"),
  read: ({ options }) => {
    const reader = new OptionReader();
    return reader.result(reader.wholeNumber("--kills", String(options.kills), { min: 1, max: 10_000 }));
  },
  run: async (kills, { signal, write }) => {
    const { soakMigrations } =
      require("../bench/migrations-kill") as typeof import("../bench/migrations-kill");
    const report = await soakMigrations(kills, signal);
    await write(formatJson(report));
    const isComplete = report.problems.length === 0 && report.kills >= kills;
    return EXIT_CODES["bench migrations-kill"][isComplete ? "passed" : "failed"];
  },
});

export const bench: CommandGroup = {
  name: "bench",
  summary: "measure parts of the product on this machine",
  description: "Measures parts of the product on this machine, and prints the figures as JSON.",
  examples: [["changeover bench lint", "time of the lint"]],
  commands: [lint, load, balancer, preview, migrations, migrationsKill],
};
