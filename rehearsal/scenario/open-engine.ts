import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { isCliAvailable } from "../../engine/cli/available";
import { CliEngine } from "../../engine/cli/cli-engine";
import type { Engine } from "../../engine/deploy/engine";
import { InProcessEngine } from "../../engine/deploy/in-process-engine";
import type { Providers } from "../../engine/deploy/provider";
import type { EngineName, RehearsalOptions } from "./options";
import { STACK } from "./stack-settings";

/** Opens an engine whose state lives in `directory`, as long as the rehearsal. */
export async function openEngine(
  { engine: wanted, programDirectory }: Pick<RehearsalOptions, "engine" | "programDirectory">,
  provider: Providers,
  directory: string,
): Promise<{ name: EngineName; engine: Engine }> {
  const name = wanted ?? ((await isCliAvailable()) ? "cli" : "in-process");
  const options = { programDirectory, stack: STACK, provider };
  const engine =
    name === "cli"
      ? new CliEngine({
          ...options,
          stateDirectory: join(directory, "pulumi"),
          passphrase: randomPassphrase(),
        })
      : new InProcessEngine(options);
  return { name, engine };
}

/** The state is deleted with the rehearsal, so the passphrase is not needed again. */
function randomPassphrase(): string {
  return randomBytes(32).toString("hex");
}
