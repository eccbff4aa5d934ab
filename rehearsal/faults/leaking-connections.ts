import type { LiveColor } from "../scenario/steps";
import { databaseOf } from "./stage/database-fault";
import type { Fault } from "./stage/fault";
import type { FaultStage } from "./stage/fault-stage";
import {
  describeWatchedFlip,
  flipToFault,
  type WatchedFlip,
  watchedFlipProblems,
} from "./stage/flip-to-fault";
import { withOwnerClient } from "./stage/owner-client";
import type { LeakedDatabase } from "./stage/service-faults";

const CONNECTIONS_ALARM = /-database-connections/;
/** Time after the rollback in which the leaked connections are still open. */
const AFTER_ROLLBACK_MS = 3_000;
/** Connections above which the leak counts as one: the pools of both colors need fewer. */
const MIN_LEAKED = 40;

interface Leak extends WatchedFlip {
  /** Connections of the version's login after the rollback. */
  readonly leaked: number;
  /** Failed requests after the rollback, while the leaked connections were still open. */
  readonly failedAfterRollback: number;
}

export const leakingConnections: Fault<Leak> = {
  name: "leaking-connections",
  summary: "A version opens one more connection to the database with each request, and closes none.",
  tolerates:
    "The requests of the version that wait for a connection, until the watch has shifted the traffic back.",
  tolerated: { failedShare: 0.5, cutShare: 0.6 },
  expected:
    "The alarm for the database's connections goes off, the watch shifts the traffic back, and the former version serves: " +
    "the login of a color can use three quarters of the connections.",
  noticedBy: ["alarm", "watch", "update"],
  recoversWithinSeconds: 60,
  onAws: "The alarm needs five minutes there; here its periods are 30 times as short.",
  stack: "real time",
  needs: ["Node.js"],
  inject: async (stage) => {
    const alarms = stage.control.alarms.filter((name) => CONNECTIONS_ALARM.test(name));
    await stage.stack.update({ alarms: JSON.stringify(alarms) });
    const { idle } = stage;
    const database = await loginOf(stage, idle);
    const flip = await flipToFault(stage, (color) => {
      const { services, healthyPaths } = stage.stack;
      services.set({ kind: "leak", tier: "app", color, database, healthyPaths });
    });
    const before = stage.load.snapshot().requests.failed;
    await stage.sleep(AFTER_ROLLBACK_MS);
    const failedAfterRollback = stage.load.snapshot().requests.failed - before;
    const leaked = await countConnections(stage, database.user);
    stage.stack.services.set();
    await stage.stack.setConfig({ alarms: "" });
    return { ...flip, leaked, failedAfterRollback };
  },
  actual: (facts) =>
    `${facts.leaked} connections were open after the rollback, and ${facts.failedAfterRollback} requests failed then. ` +
    describeWatchedFlip(facts),
  problems: (facts) => [
    ...watchedFlipProblems(facts),
    ...(facts.leaked >= MIN_LEAKED
      ? []
      : [`The version must leak ${MIN_LEAKED} connections or more, got ${facts.leaked}.`]),
    ...(facts.failedAfterRollback === 0
      ? []
      : [
          `${facts.failedAfterRollback} requests failed after the rollback: the leak took connections of the other color.`,
        ]),
  ],
};

/** The login of a color, from its secret. */
async function loginOf(stage: FaultStage, color: LiveColor): Promise<LeakedDatabase> {
  const [, { host, port }] = databaseOf(stage);
  const secrets = stage.simulator.secretValues().flatMap((text) => {
    try {
      return [JSON.parse(text) as { readonly username?: string; readonly password?: string }];
    } catch {
      return [];
    }
  });
  const { username: user, password } = secrets.find(({ username }) => username?.endsWith(`_${color}`)) ?? {};
  if (user === undefined || password === undefined) throw new Error(`${color} must have a login, got none.`);
  const database = await withOwnerClient(stage, async (client) => client.database ?? "postgres");
  return { host, port, user, password, database };
}

function countConnections(stage: FaultStage, user: string): Promise<number> {
  return withOwnerClient(stage, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE usename = $1",
      [user],
    );
    return rows[0]?.count ?? 0;
  });
}
