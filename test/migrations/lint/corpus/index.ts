import { columns } from "./columns";
import { constraints } from "./constraints";
import type { CorpusEntry } from "./entry";
import { hiddenWork } from "./hidden-work";
import { indexesAndTables } from "./indexes-tables";
import { lockingAndSession } from "./locking-session";
import { proofs } from "./proofs";
import { removals } from "./removals";
import { replaced } from "./replaced";
import { runningWrites } from "./running-writes";
import { writes } from "./writes";

export type { CorpusEntry };
/** Labelled scripts: the lint must find exactly their rules. */
export const corpus: readonly CorpusEntry[] = [
  ...columns,
  ...constraints,
  ...indexesAndTables,
  ...removals,
  ...writes,
  ...lockingAndSession,
  ...proofs,
  ...runningWrites,
  ...replaced,
  ...hiddenWork,
];
