import type { OutputsSource } from "../operate/stack-outputs";
import { defineCommand, formatJson } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { OptionReader } from "./option-reader";
import { addOutputsOption, addStackOptions, readStackOptions, type StackOptions } from "./stack-options";
import { InputError } from "./usage-error";

interface StatusInput {
  readonly source: OutputsSource;
  readonly json: boolean;
}

export const status = defineCommand<StatusInput>({
  name: "status",
  summary: "show the traffic and the health of both colors, and what disagrees",
  description:
    "Shows the weights of the production rule beside those of the last update and of the config, the version, instances and " +
    "health of each color and tier, alarms, pending migrations, the rollback, and the last ten traffic shifts.\n\n" +
    "If something disagrees, it shows the commands for each choice. It changes nothing and takes no lock.",
  examples: [
    ["changeover status --stack prod", "the stack now"],
    ["changeover status --json", "for programs"],
  ],
  exitCodes: EXIT_CODES.status,
  configure: (command) => addOutputsOption(addStackOptions(command)),
  read: ({ options, env }) => {
    const reader = new OptionReader();
    const source = readStackOptions(reader, options as StackOptions, env);
    return reader.result({ source, json: options.json === true });
  },
  run: async ({ source, json }, { write }) => {
    const { readStackOutputs, StackOutputsError } =
      require("../operate/stack-outputs") as typeof import("../operate/stack-outputs");
    const { selectedStack } =
      require("../operate/selected-stack") as typeof import("../operate/selected-stack");
    const [outputs, stack] = await Promise.all([
      readStackOutputs(source).catch((error: unknown) => {
        throw error instanceof StackOutputsError ? new InputError(error.message) : error;
      }),
      source.stack ?? (source.file === undefined ? selectedStack(source.programDirectory) : undefined),
    ]);
    const { readStack } =
      require("../operate/status/read-stack") as typeof import("../operate/status/read-stack");
    const { buildStatus } =
      require("../operate/status/status-report") as typeof import("../operate/status/status-report");
    const { readConfiguredRelease } =
      require("../operate/status/read-config") as typeof import("../operate/status/read-config");
    const { statusText } =
      require("../operate/status/status-text") as typeof import("../operate/status/status-text");
    const report = buildStatus({
      stack,
      outputs,
      config: stack === undefined ? undefined : readConfiguredRelease(source.programDirectory, stack),
      readings: await readStack(outputs.control),
    });
    await write(json ? formatJson(report) : statusText(report));
    const { agreed, disagreed } = EXIT_CODES.status;
    return report.disagreements.length === 0 ? agreed : disagreed;
  },
});
