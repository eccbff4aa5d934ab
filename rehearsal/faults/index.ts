import { appInstanceKilled } from "./app-instance-killed";
import { clocksApart } from "./clocks-apart";
import { databaseAway } from "./database-away";
import { databaseFailover } from "./database-failover";
import { databaseRestarted } from "./database-restarted";
import { errorsAfterFlip } from "./errors-after-flip";
import { flipWhileScaledOut } from "./flip-while-scaled-out";
import { gateTimesOut } from "./gate-times-out";
import { instanceFrozen } from "./instance-frozen";
import { latencyBetweenTiers } from "./latency-between-tiers";
import { leakingConnections } from "./leaking-connections";
import { loadBalancerNodeLost } from "./load-balancer-node-lost";
import { lyingHealthCheck } from "./lying-health-check";
import { migrationFails } from "./migration-fails";
import { migrationMeetsLongTransaction } from "./migration-meets-long-transaction";
import { rollbackWhileUpdateHangs } from "./rollback-while-update-hangs";
import { runnerKilled } from "./runner-killed";
import { slowVersion } from "./slow-version";
import type { AnyFault } from "./stage/fault";
import { versionCrashesAtStart } from "./version-crashes-at-start";
import { webInstanceKilled } from "./web-instance-killed";
import { weightsChangedByHand } from "./weights-changed-by-hand";

/** Every fault that a rehearsal can inject, in the order in which they run. */
export const FAULTS: readonly AnyFault[] = [
  migrationMeetsLongTransaction,
  loadBalancerNodeLost,
  databaseRestarted,
  databaseFailover,
  latencyBetweenTiers,
  clocksApart,
  weightsChangedByHand,
  runnerKilled,
  gateTimesOut,
  flipWhileScaledOut,
  lyingHealthCheck,
  slowVersion,
  errorsAfterFlip,
  leakingConnections,
  rollbackWhileUpdateHangs,
  webInstanceKilled,
  appInstanceKilled,
  instanceFrozen,
  migrationFails,
  databaseAway,
  versionCrashesAtStart,
];
