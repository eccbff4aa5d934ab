/** Scripts and what they are: the lint must say of each what stands here. */

import { columns } from "./columns";
import { constraints } from "./constraints";
import type { CorpusEntry } from "./entry";
import { indexesAndTables } from "./indexes-tables";
import { lockingAndSession } from "./locking-session";
import { removals } from "./removals";
import { writes } from "./writes";

export type { CorpusEntry };
export const corpus: readonly CorpusEntry[] = [
  ...columns,
  ...constraints,
  ...indexesAndTables,
  ...removals,
  ...writes,
  ...lockingAndSession,
];
