import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { isCliAvailable } from "../../engine/cli/available";
import { CliEngine } from "../../engine/cli/cli-engine";
import type { Engine } from "../../engine/deploy/engine";
import { InProcessEngine } from "../../engine/deploy/in-process-engine";
import type { Providers } from "../../engine/deploy/provider";
import { STACK } from "./stack";

export const ENGINES = ["cli", "in-process"] as const;
/** What runs the program: the Pulumi CLI on the PATH, as in production, or this process. */
export type EngineName = (typeof ENGINES)[number];

/** An engine whose state lives in `directory`, as long as the rehearsal. Default: the CLI, where there is one. */
export async function openEngine(
  wanted: EngineName | undefined,
  programDirectory: string,
  provider: Providers,
  directory: string,
): Promise<{ name: EngineName; engine: Engine }> {
  const name = wanted ?? ((await isCliAvailable()) ? "cli" : "in-process");
  // It lives as long as this process: nobody reads this state later.
  const encryptionKey = randomBytes(32).toString("hex");
  const options = { programDirectory, stack: STACK, provider, encryptionKey };
  const engine =
    name === "cli"
      ? new CliEngine({ ...options, stateDirectory: join(directory, "pulumi") })
      : new InProcessEngine({ ...options, stateFile: join(directory, "state.json") });
  return { name, engine };
}
