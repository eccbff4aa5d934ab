import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import { join } from "node:path";
import { isCliAvailable } from "../../engine/cli/available";
import { CliEngine } from "../../engine/cli/cli-engine";
import type { Engine } from "../../engine/deploy/engine";
import { InProcessEngine } from "../../engine/deploy/in-process-engine";
import type { Providers } from "../../engine/deploy/provider";
import type { EngineName, RehearsalOptions } from "./options";

export const DEFAULT_STACK = "dev";

/**
 * Limit of a program that requests no resource. It shares the machine with the load and the instances, and it checks new
 * migrations first.
 */
const PROGRAM_LIMIT_SECONDS = 300;

/**
 * In production the program runs on another machine than the system. With a lower priority it slows down the load and
 * the instances less.
 */
const PROGRAM_PRIORITY = constants.priority.PRIORITY_BELOW_NORMAL;

/** Opens an engine. Its state is in `directory` and is deleted with it at the end of the rehearsal. */
export async function openEngine(
  {
    engine: wanted,
    programDirectory,
    stack = DEFAULT_STACK,
  }: Pick<RehearsalOptions, "engine" | "programDirectory" | "stack">,
  provider: Providers,
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ name: EngineName; engine: Engine }> {
  const name = wanted ?? ((await isCliAvailable()) ? "cli" : "in-process");
  const options = { programDirectory, stack, provider };
  const engine =
    name === "cli"
      ? new CliEngine({
          ...options,
          scratch: { directory: join(directory, "pulumi"), passphrase: randomPassphrase(), environment },
        })
      : new InProcessEngine({
          ...{ ...options, environment },
          timeoutSeconds: PROGRAM_LIMIT_SECONDS,
          priority: PROGRAM_PRIORITY,
        });
  return { name, engine };
}

/**
 * Passphrase of the state. The state is deleted at the end of the rehearsal, so the passphrase need not be stored.
 */
function randomPassphrase(): string {
  return randomBytes(32).toString("hex");
}
