import type { RehearsedRule } from "../scenario/rule-weights";
import type { Fault } from "./stage/fault";
import { withOwnerClient } from "./stage/owner-client";
import { describeTraffic, firstLine, messageProblems, trafficProblems } from "./stage/rule-problems";

const REASON = "rehearsed fault: no space left on device";

/** Fails the first change of a table, after it was made. */
const BREAK_CHANGES = `
  CREATE SCHEMA rehearsal;
  CREATE FUNCTION rehearsal.fail() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '${REASON}' USING ERRCODE = 'disk_full'; END $$;
  CREATE EVENT TRIGGER rehearsal_fail ON ddl_command_end WHEN TAG IN ('ALTER TABLE', 'CREATE TABLE')
    EXECUTE FUNCTION rehearsal.fail()`;
const REPAIR = "DROP EVENT TRIGGER IF EXISTS rehearsal_fail; DROP SCHEMA IF EXISTS rehearsal CASCADE";

interface FailedMigration {
  readonly message: string;
  readonly rule: RehearsedRule;
  /** Rows of the ledger of migrations before the fault, after the failed update and after the next one. */
  readonly applied: { readonly before: number; readonly failed: number; readonly repaired: number };
}

export const migrationFails: Fault<FailedMigration> = {
  name: "migration-fails",
  summary: "The first expand migration of a release fails after its first change of a table.",
  tolerates: "Nothing: the running version does not need the change.",
  tolerated: {},
  expected:
    "The update fails with the script and its error, nothing of the script stays, and the next update applies it.",
  noticedBy: ["update"],
  recoversWithinSeconds: 90,
  onAws: "As on AWS: the migration runs in a transaction of a real PostgreSQL.",
  stack: "scaled",
  begins: "one color",
  needs: ["migrations"],
  inject: async (stage) => {
    const { stack } = stage;
    const readLedger = () =>
      withOwnerClient(stage, async (client) => {
        const { rows } = await client.query<{ count: number }>("SELECT count(*)::int FROM changeover.ledger");
        return rows[0]?.count ?? 0;
      });
    const before = await readLedger();
    await withOwnerClient(stage, (client) => client.query(BREAK_CHANGES));
    stage.begin();
    let message: string;
    try {
      message = await stage.failing(stack.deployNext());
    } finally {
      await withOwnerClient(stage, (client) => client.query(REPAIR));
    }
    const failed = await readLedger();
    const rule = await stage.rule();
    await stage.step(() => ({ kind: "deploy", title: "Deploy again", config: {} }));
    return { message, rule, applied: { before, failed, repaired: await readLedger() } };
  },
  actual: ({ message, applied, rule }) =>
    `The update failed: ${firstLine(message)} The next one applied ${applied.repaired - applied.failed} scripts. ` +
    `Traffic is ${describeTraffic(rule)}.`,
  problems: ({ message, rule, applied: { before, failed, repaired } }) => [
    ...trafficProblems(rule, { blue: 100, green: 0 }),
    ...messageProblems(message, REASON, /\.sql/),
    ...(failed === before
      ? []
      : [`The ledger must have ${before} rows after the failed update, got ${failed}.`]),
    ...(repaired > failed ? [] : ["The next update must apply the scripts, and it applied none."]),
  ],
};
