/** Compares the code of the database before and after a script: functions that no longer run, and triggers. */

import type { PGlite } from "@electric-sql/pglite";
import { analyzeBody, NO_COLUMN, type Problem } from "./code-body";
import { type CodeState, type RoutineState, readCodeState, type TriggerState } from "./code-state";
import { tableWrites, type WriteProblems } from "./table-writes";

export interface CodeProblem {
  readonly rule: "trigger-refuses-writes" | "trigger-blocks-writes" | "breaks-code";
  readonly impact: string;
  readonly remediation: string;
  /** The table of the trigger whose function is broken. */
  readonly table?: string;
  /** Names by which the script's statement is found. */
  readonly names: readonly string[];
}

interface CodeCheck {
  readonly bodies: ReadonlyMap<string, Body>;
  readonly writes: ReadonlyMap<string, WriteProblems>;
}

interface Body {
  readonly routine: RoutineState;
  readonly trigger: TriggerState | undefined;
  readonly problems: ReadonlyMap<string, Problem | undefined>;
}

/** Functions and tables that a script may have broken. */
export interface Affected {
  readonly routines: ReadonlySet<number>;
  readonly tables: ReadonlySet<string>;
}

const tableKey = ({ table }: TriggerState) => table;

function tablesWithTriggers({ triggers }: CodeState): Set<string> {
  return new Set([...triggers.values()].map(tableKey));
}

/** Undefined if the script has changed neither triggers nor anything that functions can use. */
export function affectedBy(
  before: CodeState,
  after: CodeState,
  existing: ReadonlySet<string>,
): Affected | undefined {
  const replaced = [...before.routines].filter(([oid, { definition }]) => {
    return after.routines.get(oid)?.definition !== definition;
  });
  const isRemoved = [...before.objects].some((object) => !after.objects.has(object));
  const fresh = [...after.triggers].filter(([oid, { definition, routine }]) => {
    const isSame = before.triggers.get(oid)?.definition === definition;
    return !isSame || replaced.some(([changed]) => changed === routine);
  });
  if (replaced.length === 0 && !isRemoved && fresh.length === 0) return undefined;
  const usesOthers = replaced.length > 0 || isRemoved;
  const tables = usesOthers ? tablesWithTriggers(after) : new Set(fresh.map(([, trigger]) => trigger.table));
  return {
    routines: new Set(usesOthers ? after.routines.keys() : fresh.map(([, { routine }]) => routine)),
    tables: new Set([...tables].filter((table) => existing.has(table))),
  };
}

/** Must be called in a transaction. */
export async function checkCode(database: PGlite, { routines, tables }: Affected): Promise<CodeCheck> {
  const code = await readCodeState(database);
  const bodies = new Map<string, Body>();
  for (const oid of routines) {
    const routine = code.routines.get(oid);
    if (!routine) continue;
    const attached = [...code.triggers.values()].filter((trigger) => trigger.routine === oid);
    const isTrigger = /\sRETURNS trigger\s/i.test(routine.definition);
    for (const trigger of isTrigger ? attached : [undefined]) {
      const problems = await analyzeBody(database, routine, trigger);
      bodies.set(`${oid} ${trigger?.table ?? ""}`, { routine, trigger, problems });
    }
  }
  return { bodies, writes: await tableWrites(database, tables) };
}

/** Errors of code that has never run: a column, a function or a table is missing. */
const MISSING: readonly string[] = ["42703", "42883", "42P01"];

/** True for an error that the missing type of a record or a temporary table can cause. */
const isUncertain = ({ message }: Problem, { definition }: RoutineState) =>
  /^missing FROM-clause entry for table "(?!new"|old")/.test(message) ||
  (/^relation /.test(message) && /create\s+(?:local\s+|global\s+)?temp/i.test(definition));

function brokenBodies(before: CodeCheck, after: CodeCheck, existing: ReadonlySet<string>): CodeProblem[] {
  return [...after.bodies].flatMap(([key, { routine, trigger, problems }]): CodeProblem[] => {
    const older = before.bodies.get(key);
    for (const [statement, problem] of problems) {
      if (!problem) continue;
      const ran = older?.problems.has(statement) && older.problems.get(statement) === undefined;
      const isNew = trigger && existing.has(trigger.table) && !older?.problems.has(statement);
      if (!ran && !(isNew && MISSING.includes(problem.code ?? "") && !isUncertain(problem, routine)))
        continue;
      const reason = NO_COLUMN.test(problem.message)
        ? `the table has no such column in ${statement.replace(/^SELECT /, "").trim()}`
        : problem.message;
      const users = trigger ? `, so that writes to ${trigger.table} fail` : "";
      const names = [...`${problem.message} ${statement}`.matchAll(/"([^"]+)"/g)].map(
        ([, name = ""]) => name,
      );
      return [
        {
          rule: trigger && !ran ? "trigger-refuses-writes" : "breaks-code",
          impact: `The function ${routine.name} fails after the script${users}: ${reason}.`,
          remediation: ran
            ? `In the same script, before: CREATE OR REPLACE FUNCTION ${routine.name} … without what is removed, or drop it.`
            : "Correct the function, so that it uses only what the table and the schema have.",
          ...(trigger && { table: trigger.table }),
          names: [...names, routine.name.replace(/\(.*$/s, ""), trigger?.name ?? ""],
        },
      ];
    }
    return [];
  });
}

/** @param reported tables of which a trigger is reported already */
function refusedWrites(
  before: CodeCheck,
  after: CodeCheck,
  code: CodeState,
  reported: ReadonlySet<string>,
): CodeProblem[] {
  return [...after.writes].flatMap(([table, kinds]): CodeProblem[] => {
    for (const [kind, problem] of reported.has(table) ? [] : kinds) {
      const older = before.writes.get(table);
      if (!problem || !older?.has(kind) || older.get(kind) !== undefined) continue;
      const triggers = [...code.triggers.values()].filter((trigger) => trigger.table === table);
      const routines = triggers.map(
        ({ routine }) => code.routines.get(routine)?.name.replace(/\(.*$/s, "") ?? "",
      );
      return [
        {
          rule: problem.blocks ? "trigger-blocks-writes" : "trigger-refuses-writes",
          impact: `After the script, a trigger disturbs writes to ${table}. ${kind} of a generated row: ${problem.message}.`,
          remediation: problem.blocks
            ? "Let the trigger change only rows that belong to NEW or OLD."
            : "Let the trigger accept each row that was accepted before, and RETURN NEW.",
          names: [...triggers.map(({ name }) => name), ...routines],
        },
      ];
    }
    return [];
  });
}

/** Problems that the state after the script has, and the state before it does not have. */
export function codeProblems(
  before: CodeCheck,
  after: CodeCheck,
  code: CodeState,
  existing: ReadonlySet<string>,
): CodeProblem[] {
  const broken = brokenBodies(before, after, existing);
  const reported = new Set(broken.flatMap(({ table }) => table ?? []));
  return [...broken, ...refusedWrites(before, after, code, reported)];
}
