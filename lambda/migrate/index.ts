/** The Lambda that changes the database while it serves. */

import { z } from "zod";
import { MigrationError } from "../../migrations/runner/migration-error";
import { type MigrationResult, runMigrations } from "../../migrations/runner/runner";
import { loadScripts } from "../../migrations/script/load-scripts";
import { isVersion } from "../../migrations/script/version";
import { readSettings } from "./environment";

const version = z.string().refine(isVersion, "is no version: write three numbers, such as 1.4.0");

const options = {
  dryRun: z.boolean().optional(),
  /** What is not done when the time is over is an error: a release must not go on without it. */
  mustFinish: z.boolean().optional(),
};

const event = z.discriminatedUnion("phase", [
  z.strictObject({
    phase: z.literal("expand"),
    versions: z.array(version).min(1),
    ...options,
  }),
  z.strictObject({
    phase: z.literal("contract"),
    through: z.string().min(1),
    serving: z.array(z.strictObject({ color: z.string().min(1), version })).min(1),
    appName: z.string().min(1),
    ...options,
  }),
]);

/** The one thing of Lambda's context that is used. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

/** Time to end the sessions and to answer before Lambda ends the process. */
const lambdaMarginMs = 10_000;

function log(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), message, ...fields }));
}

/**
 * Applies the scripts of one phase. With `more: true` in the result the time was over: invoke it again.
 *
 * @throws MigrationError
 */
export async function handler(input: unknown, context?: InvocationContext): Promise<MigrationResult> {
  const read = event.safeParse(input);
  if (!read.success) throw new MigrationError(`The event is not usable:\n${z.prettifyError(read.error)}`);
  const { dryRun, mustFinish, ...request } = read.data;
  const remainingMs = context?.getRemainingTimeInMillis();
  const deadline = remainingMs === undefined ? undefined : Date.now() + remainingMs - lambdaMarginMs;
  const { migrationsDirectory, ...settings } = await readSettings(process.env, __dirname);
  const scripts = loadScripts(migrationsDirectory);
  try {
    const result = await runMigrations({ ...settings, scripts, request, deadline, dryRun, log });
    log("migration finished", { ...result });
    if (mustFinish && result.more) {
      throw new MigrationError(
        `The time is over, and ${result.pending.join(", ")} is not wholly applied. It stopped at ${result.stoppedAt}. ` +
          "What is done is kept: run it again, and it goes on where it stopped. When much is left, let one update " +
          "invoke it more often.",
      );
    }
    return result;
  } catch (error) {
    log("migration failed", { error: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}
