import * as z from "zod";

const byColor = <Value extends z.ZodType>(value: Value) =>
  z.object({ blue: value.optional(), green: value.optional() });
const shares = z.object({ blue: z.number(), green: z.number() });

const recordedShift = z.object({
  serial: z.number(),
  kind: z.string(),
  weights: shares,
  actor: z.string().optional(),
  commit: z.string().optional(),
  reason: z.string().optional(),
  started: z.string().optional(),
  finished: z.string().optional(),
});

const deployedRelease = z.object({
  live: z.enum(["blue", "green"]),
  versions: byColor(z.string()),
  weights: shares,
  contracted: z.object({ through: z.string() }).optional(),
  serial: z.number().optional(),
  kind: z.string().optional(),
  history: z.array(recordedShift).optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  served: byColor(z.object({ version: z.string(), until: z.string().optional() })).optional(),
  rolledBack: byColor(z.string()).optional(),
});

/** The parts of the stack's output `release` that the commands read. The program reads and writes more. */
export type DeployedRelease = Readonly<z.infer<typeof deployedRelease>>;
export type RecordedShift = Readonly<z.infer<typeof recordedShift>>;

const rollbackOutput = z.object({ open: z.boolean(), color: z.enum(["blue", "green"]), reason: z.string() });

export type RollbackOutput = Readonly<z.infer<typeof rollbackOutput>>;

/** @throws Error if the output is no release; undefined before the first update */
export function parseDeployedRelease(output: unknown): DeployedRelease | undefined {
  if (output === undefined || output === null) return undefined;
  const parsed = deployedRelease.safeParse(output);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `The stack's output \`release\` must be an output of this program, got another value at ` +
      `${issue?.path.join(".") || "its root"}. Use the version of the command that belongs to the program.`,
  );
}

export function parseRollbackOutput(output: unknown): RollbackOutput | undefined {
  return rollbackOutput.safeParse(output).data;
}
