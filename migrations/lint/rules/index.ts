/** All rules, in the order of docs/lint-rules.md. */

import type { LintRule } from "../rule";
import { addColumnRules } from "./add-column";
import { alterColumnRules } from "./alter-column";
import { constraintRules } from "./constraints";
import { indexRules } from "./indexes";
import { lockingRules } from "./locking";
import { removalRules } from "./removals";
import { renameRules } from "./renames";
import { replicationRules } from "./replication";
import { rowRules } from "./rows";
import { runningWritesRules } from "./running-writes";
import { sequenceRules } from "./sequences";
import { sessionRules } from "./session";
import { tableRules } from "./tables";
import { triggerWriteRules } from "./trigger-writes";
import { typeRules } from "./types";

export const rules: readonly LintRule[] = [
  ...addColumnRules,
  ...alterColumnRules,
  ...constraintRules,
  ...indexRules,
  ...tableRules,
  ...removalRules,
  ...renameRules,
  ...runningWritesRules,
  ...triggerWriteRules,
  ...sequenceRules,
  ...replicationRules,
  ...rowRules,
  ...typeRules,
  ...lockingRules,
  ...sessionRules,
];
