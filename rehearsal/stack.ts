import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { RehearsalOptions } from "./options";

/** The stack whose settings are rehearsed. */
export const STACK = "dev";
/** The project's name, which its config keys begin with. */
export const PROJECT = "changeover";

const STACK_FILE = z.object({ config: z.record(z.string(), z.unknown()) });

/**
 * What a rehearsal sets otherwise than the stack's file: what one machine cannot have, and waits that fit the time at
 * hand. Everything else is the stack's own.
 */
export function stackConfig(
  programDirectory: string,
  options: Pick<RehearsalOptions, "drainSeconds">,
): Record<string, string> {
  const file = join(programDirectory, `Pulumi.${STACK}.yaml`);
  const { config } = STACK_FILE.parse(parse(readFileSync(file, "utf8")));
  const database = { ...(config[`${PROJECT}:database`] as object | undefined), requireTls: false };
  return {
    [`${PROJECT}:database`]: JSON.stringify(database),
    [`${PROJECT}:allowPlainHttp`]: "true",
    [`${PROJECT}:drainSeconds`]: String(options.drainSeconds),
    [`${PROJECT}:gateTimeoutSeconds`]: "60",
  };
}
