import { resolve } from "node:path";
import type { TierUserData } from "../rehearsal/verify/test-bed";
import { openApplication, PROGRAM_DIRECTORY } from "./application";
import { defineCommand, formatJson, type ParsedArguments } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { listOf, OptionReader, quote } from "./option-reader";
import { InputError } from "./usage-error";

interface VerifyInput {
  readonly programDirectory: string;
  readonly version?: string;
  readonly idleSeconds: number;
  readonly json: boolean;
}

export const verify = defineCommand<VerifyInput>({
  name: "verify",
  summary: "check the requirements of a service one by one, on this machine",
  description:
    "Starts instances of each tier with a real PostgreSQL, without load balancers, and checks the requirements of " +
    "docs/bring-your-own-application.md by name: health and readiness, version, headers, connections, the shutdown and more. " +
    "Each of them passes, fails, or was not exercised by the load.\n\nRun it before a rehearsal. It takes about 15 s.",
  examples: [
    ["changeover verify", "the newest version of this checkout"],
    ["changeover verify --program ../shop", "the application of another folder"],
    ["changeover verify --idle 61", "wait for the whole idle timeout of the load balancers"],
  ],
  exitCodes: EXIT_CODES.verify,
  interruptedMessage: "Interrupted. Everything that was started is stopped.",
  configure: (command) =>
    command
      .argument("[version]", "version of the sources (default: the newest)")
      .option("--program <folder>", "folder of app/ (default: this checkout)")
      .option(
        "--idle <seconds>",
        "time for which an idle connection is observed if answers have no header Keep-Alive, 1 to 4000 s (default: 8)",
      ),
  read: readVerifyOptions,
  run: async ({ programDirectory, version, idleSeconds, json }, { signal, write }) => {
    const { requireLoad } = require("../contract") as typeof import("../contract");
    const { verify } = require("../rehearsal/verify/verify") as typeof import("../rehearsal/verify/verify");
    const { verificationReport, verificationText } =
      require("../rehearsal/verify/verify-text") as typeof import("../rehearsal/verify/verify-text");
    const { checkMachine } =
      require("../rehearsal/scenario/check-machine") as typeof import("../rehearsal/scenario/check-machine");
    const { application } = openApplication(programDirectory);
    const source = newestSource(application.versions, version);
    requireLoad(application);
    try {
      checkMachine();
    } catch (error) {
      throw new InputError((error as Error).message);
    }
    const verification = await verify({
      ...{ application, programDirectory, source, idleSeconds, signal },
      userData: tierUserData,
    });
    await write(json ? formatJson(verificationReport(verification)) : verificationText(verification));
    return EXIT_CODES.verify[verification.outcome];
  },
});

function readVerifyOptions({ options, args }: ParsedArguments): VerifyInput {
  const [version] = args as [string | undefined];
  const { program, idle, json = false } = options as { program?: string; idle?: string; json?: boolean };
  const reader = new OptionReader();
  const programDirectory = program === undefined ? PROGRAM_DIRECTORY : resolve(program);
  const idleSeconds = idle === undefined ? 8 : reader.wholeNumber("--idle", idle, { min: 1, max: 4000 });
  return reader.result({ programDirectory, version, idleSeconds, json });
}

/** @throws InputError if the sources do not have the version */
function newestSource(
  versions: ReturnType<typeof openApplication>["application"]["versions"],
  wanted: string | undefined,
) {
  const { compareVersions } =
    require("../migrations/script/version") as typeof import("../migrations/script/version");
  const [newest] = [...versions].sort((left, right) => compareVersions(right.version, left.version));
  const source = wanted === undefined ? newest : versions.find(({ version }) => version === wanted);
  if (source !== undefined) return source;
  const known = listOf(versions.map(({ version }) => version)) || "none";
  throw new InputError(
    wanted === undefined
      ? "application.versions must have a version to verify, got none. Add the version of your sources to app/index.ts."
      : `version must be a version of app/index.ts (${known}), got ${quote(wanted)}.`,
  );
}

const tierUserData: TierUserData = (application, tier, artifact, context) => {
  const stack = require("../stack/tier-service") as typeof import("../stack/tier-service");
  return new Promise((resolve) => {
    stack.tierUserData(application, tier, artifact, context).apply(resolve);
  });
};
