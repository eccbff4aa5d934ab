import { z } from "zod";
import { MigrationError } from "../../migrations/runner/migration-error";
import { type RetireResult, retireRoles } from "../../migrations/runner/retire-roles";
import { type MigrationResult, runMigrations } from "../../migrations/runner/runner";
import { loadScripts } from "../../migrations/script/load-scripts";
import { isVersion, VERSION_FORM } from "../../migrations/script/version";
import { log } from "../function-environment";
import { type FunctionContext, forOperators } from "../operator-error";
import { readSettings } from "./environment";

const versionSchema = z
  .string()
  .refine(isVersion, { error: ({ input }) => `must be ${VERSION_FORM}, got "${input}"` });

const optionSchema = {
  dryRun: z.boolean().optional(),
  /** Fails if scripts are still pending at the deadline, because the release must not continue without them. */
  mustFinish: z.boolean().optional(),
};

const eventSchema = z.discriminatedUnion("phase", [
  z.strictObject({
    phase: z.literal("expand"),
    versions: z.array(versionSchema).min(1),
    /**
     * The logins whose passwords are set; an empty list sets none. A new version of a secret makes the event a new one.
     *
     * @default the application's own login
     */
    logins: z
      .array(z.strictObject({ secretArn: z.string().min(1), secretVersionId: z.string().min(1) }))
      .optional(),
    ...optionSchema,
  }),
  z.strictObject({
    phase: z.literal("contract"),
    through: z.string().min(1),
    serving: z.array(z.strictObject({ color: z.string().min(1), version: versionSchema })).min(1),
    appName: z.string().min(1),
    retiredRoles: z.array(z.string().min(1)).optional(),
    ...optionSchema,
  }),
  z.strictObject({ phase: z.literal("retire"), retiredRoles: z.array(z.string().min(1)).min(1) }),
]);

type MigrateEvent = z.infer<typeof eventSchema>;

/** Time for ending the sessions and returning before Lambda ends the process. */
const LAMBDA_MARGIN_MS = 10_000;

const RUN_AGAIN = "Correct the cause and run `pulumi up` again; it continues where it stopped.";

const STATES: Readonly<Record<string, string>> = {
  expand: "Instances and traffic are unchanged, and later steps of the update did not run.",
  contract: "The traffic was shifted before and stays where it is.",
  retire: "The traffic was shifted before and stays where it is.",
};

/**
 * Applies the scripts of one phase, or ends the logins of a retired color. A result with `more: true` means that time ran
 * out: invoke the function again.
 *
 * @throws OperatorError
 */
export const handler = forOperators<MigrationResult | RetireResult>(
  "MigrationError",
  (input) => {
    const { phase } = (input ?? {}) as { phase?: unknown };
    return { state: STATES[String(phase)] ?? "Nothing was changed.", remedy: RUN_AGAIN };
  },
  async (input, context) => {
    const read = eventSchema.safeParse(input);
    if (!read.success) throw new MigrationError(`The event is invalid:\n${z.prettifyError(read.error)}`);
    return await run(read.data, context);
  },
);

async function run(
  event: MigrateEvent,
  context: FunctionContext | undefined,
): Promise<MigrationResult | RetireResult> {
  const remainingMs = context?.getRemainingTimeInMillis();
  const deadline = remainingMs === undefined ? undefined : Date.now() + remainingMs - LAMBDA_MARGIN_MS;
  const loginSecretArns =
    event.phase === "expand" ? event.logins?.map(({ secretArn }) => secretArn) : undefined;
  const { migrationsDirectory, ...settings } = await readSettings(process.env, __dirname, loginSecretArns);
  if (event.phase === "retire") {
    const result = await retireRoles(settings.connection, event.retiredRoles);
    log("logins of the retired color ended", { ...result });
    return result;
  }
  const { dryRun, mustFinish, ...request } = event;
  const scripts = loadScripts(migrationsDirectory);
  const result = await runMigrations({ ...settings, scripts, request, deadline, dryRun, log });
  log("migration finished", { ...result });
  if (mustFinish && result.more) {
    throw new MigrationError(
      `The time is over, and ${result.pending.join(", ")} is not completely applied. It stopped at ${result.stoppedAt}. ` +
        "Finished work is kept. Run it again; it continues where it stopped. When much is left, allow one update " +
        "more invocations.",
    );
  }
  return result;
}
