import type { TrafficColor } from "../operate/colors";
import type { RollbackOutcome } from "../operate/rollback/run-rollback";
import type { OutputsSource } from "../operate/stack-outputs";
import { confirmation } from "./ask";
import { defineCommand, formatJson, type ParsedArguments } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { OptionReader } from "./option-reader";
import { addOutputsOption, addStackOptions, readStackOptions, type StackOptions } from "./stack-options";
import { InputError } from "./usage-error";

interface RollbackOptions extends StackOptions {
  readonly to?: string;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface RollbackInput {
  readonly source: OutputsSource;
  readonly to?: TrafficColor;
  readonly reason?: string;
  readonly yes: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export const rollback = defineCommand<RollbackInput>({
  name: "rollback",
  summary: "shift all traffic back at once, without an update",
  description:
    "Shifts all traffic to one color through the API of the load balancer, within about a second.\n\n" +
    "It needs no lock, no build and no health gate: it works while an update runs or has left a lock, and with --outputs " +
    "while Pulumi's backend cannot be reached. It shows the health of the color first, asks, changes the production rule, " +
    "and records who, when and why on the rule's tags, as an event and on the alarm topic. Then it prints the settings " +
    "with which the next `pulumi up` agrees.",
  examples: [
    ["changeover rollback", "ask, then shift traffic to the color without traffic, or end a canary"],
    ["changeover rollback --stack prod --yes --reason errors", "without a question"],
    ["changeover rollback --dry-run", "show the check, change nothing"],
    ["changeover rollback --outputs outputs.json --to blue", "without Pulumi's backend"],
  ],
  exitCodes: EXIT_CODES.rollback,
  configure: (command) =>
    addOutputsOption(addStackOptions(command))
      .option(
        "--to <color>",
        "blue or green (default: the live color during a canary; the color without traffic; after a rollback no change)",
      )
      .option("--reason <text>", "reason, for the record")
      .option("--yes", "shift traffic without a question")
      .option("--force", "shift traffic even to a color without instances")
      .option("--dry-run", "show what would be done; change nothing"),
  read: readRollbackOptions,
  run: async ({ source, json, yes, ...request }, { env, ask, write, log }) => {
    const confirm = confirmation(yes || request.dryRun, ask);
    const { actorOf } = require("../operate/shift-origin") as typeof import("../operate/shift-origin");
    const outputs = require("../operate/stack-outputs") as typeof import("../operate/stack-outputs");
    // The SDK loads while Pulumi reads the outputs, to save time.
    const reading = outputs.readStackOutputs(source);
    reading.catch(() => undefined);
    await new Promise(setImmediate);
    const { runRollback } =
      require("../operate/rollback/run-rollback") as typeof import("../operate/rollback/run-rollback");
    const stackOutputs = await reading.catch((error: unknown) => {
      throw error instanceof outputs.StackOutputsError ? new InputError(error.message) : error;
    });
    let seconds: number | undefined;
    const outcome = await runRollback(
      stackOutputs,
      { ...request, actor: actorOf(env), urgent: yes, stack: source.stack },
      {
        confirm,
        log: (message) => log(json ? JSON.stringify({ time: new Date().toISOString(), message }) : message),
        shifted: () => {
          seconds = process.uptime();
        },
      },
    );
    await write(json ? formatJson({ ...outcome, seconds }) : rollbackText(outcome, seconds));
    return exitStatus(outcome);
  },
});

function readRollbackOptions({ options, env }: ParsedArguments): RollbackInput {
  const {
    to,
    reason,
    yes = false,
    force = false,
    dryRun = false,
    json = false,
    ...stack
  } = options as RollbackOptions;
  const reader = new OptionReader();
  const color = to === undefined ? undefined : reader.oneOf("--to", to, ["blue", "green"] as const);
  const source = readStackOptions(reader, stack, env);
  return reader.result({ source, to: color, reason, yes, force, dryRun, json });
}

function exitStatus({ status }: RollbackOutcome): number {
  const { done, declined, empty } = EXIT_CODES.rollback;
  if (status === "declined") return declined;
  return status === "empty" ? empty : done;
}

function rollbackText(
  { status, color, version, serial, commands }: RollbackOutcome,
  seconds: number | undefined,
): string {
  const name = `${color}${version ? ` ${version}` : ""}`;
  switch (status) {
    case "unchanged":
      return `${name} already receives all traffic. Nothing was changed.\n`;
    case "dry-run":
      return `Would shift all traffic to ${name}. Nothing was changed.\n`;
    case "declined":
      return "Not confirmed. Nothing was changed.\n";
    case "empty":
      return (
        `${name} has a tier without instances and would fail every request. Nothing was changed.\n` +
        "Start its instances (`pulumi config set idle warm`, `pulumi up`), or pass --force.\n"
      );
    case "shifted":
      return (
        `${name} receives all traffic, ${(seconds ?? 0).toFixed(1)} s after the start (shift ${serial}).\n` +
        `Before the next \`pulumi up\`, make the config agree:\n${commands.map((line) => `  ${line}\n`).join("")}`
      );
  }
}
