import { z } from "zod";
import type { TableLock } from "../../migrations/script/script";
import type { FunctionInvocation } from "../../simulator";
import type { RecordedGateCheck, RecordedMigration } from "../report/run-record";

/** Locks that the headers of the scripts declare, by name such as `0002_split_name.expand`. */
export type DeclaredLocks = Readonly<Record<string, readonly TableLock[]>>;

/** The part of a step's record that the functions of the program report. */
export interface FunctionFacts {
  readonly migrations?: RecordedMigration[];
  readonly gate?: RecordedGateCheck[];
  readonly bakeSeconds?: number;
}

const migrated = z.object({
  phase: z.enum(["expand", "contract"]),
  scripts: z.array(
    z.object({
      script: z.string(),
      durationMs: z.number(),
      changedRows: z.number().optional(),
      longestWaitMs: z.number(),
    }),
  ),
});
const gatePassed = z.object({
  color: z.string(),
  version: z.string(),
  sharePercent: z.number(),
  tiers: z.array(z.object({ tier: z.string(), healthy: z.number(), needed: z.number() })),
});
const gateFailed = z.object({ color: z.string(), version: z.string(), sharePercent: z.number() });
const watched = z.object({
  outcome: z.enum(["watching", "baked"]),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
});

/** Reads the results of the functions that ran during a step: migrations, gate checks and watch. */
export function functionFacts(
  invocations: readonly FunctionInvocation[],
  locks: DeclaredLocks,
): FunctionFacts {
  const migrations = invocations.flatMap((each) => migrationsOf(each, locks));
  const gate = invocations.flatMap(gateCheckOf);
  const bakeSeconds = invocations.map(bakeOf).reduce((sum, bake) => sum + bake, 0);
  return {
    ...(migrations.length > 0 ? { migrations } : {}),
    ...(gate.length > 0 ? { gate } : {}),
    ...(bakeSeconds > 0 ? { bakeSeconds } : {}),
  };
}

function resultOf({ outcome }: FunctionInvocation): unknown {
  if (!("result" in outcome)) return undefined;
  try {
    return JSON.parse(outcome.result);
  } catch {
    return undefined;
  }
}

function migrationsOf(invocation: FunctionInvocation, locks: DeclaredLocks): RecordedMigration[] {
  const { data } = migrated.safeParse(resultOf(invocation));
  return (data?.scripts ?? []).map(({ script, durationMs, changedRows, longestWaitMs }) => {
    const declared = locks[script] ?? [];
    return {
      ...{ script, phase: data?.phase ?? "expand", seconds: durationMs / 1000, longestWaitMs },
      ...(changedRows === undefined ? {} : { rows: changedRows }),
      ...(declared.length > 0 ? { locks: declared.map(({ table, mode }) => ({ table, mode })) } : {}),
    };
  });
}

function gateCheckOf(invocation: FunctionInvocation): RecordedGateCheck[] {
  const seconds = (invocation.endedAt - invocation.startedAt) / 1000;
  const passed = gatePassed.safeParse(resultOf(invocation)).data;
  if (passed !== undefined) {
    const { color, version, tiers } = passed;
    return [{ color, version, passed: true, seconds, tiers }];
  }
  const failed = "error" in invocation.outcome ? gateFailed.safeParse(invocation.input).data : undefined;
  return failed === undefined
    ? []
    : [{ color: failed.color, version: failed.version, passed: false, seconds, tiers: [] }];
}

function bakeOf(invocation: FunctionInvocation): number {
  const { data } = watched.safeParse(resultOf(invocation));
  return data === undefined ? 0 : (Date.parse(data.finishedAt) - Date.parse(data.startedAt)) / 1000;
}
