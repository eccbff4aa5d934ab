/** Names that PostgreSQL gives to constraints and indexes. See makeObjectName in indexcmds.c. */

import { truncateName } from "../script/name";

const MAX_BYTES = 63;

function objectName(first: string, second: string, label: string): string {
  let [a, b] = [Buffer.byteLength(first), Buffer.byteLength(second)];
  const available = MAX_BYTES - label.length - 1 - (second === "" ? 0 : 1);
  if (a + b <= available) return second === "" ? `${first}_${label}` : `${first}_${second}_${label}`;
  while (a + b > available) {
    if (a > b) a--;
    else b--;
  }
  const parts = [truncateName(first, a), second === "" ? "" : truncateName(second, b), label];
  return parts.filter((part) => part !== "").join("_");
}

/** The first free name, as `isTaken` reports: `t_a_idx`, `t_a_idx1`, … */
export function defaultName(
  table: string,
  columns: readonly string[],
  label: string,
  isTaken: (name: string) => boolean,
): string {
  const second = columns.join("_");
  for (let i = 0; ; i++) {
    const name = objectName(table, second, i === 0 ? label : `${label}${i}`);
    if (!isTaken(name)) return name;
  }
}
