import type { MigrationScript } from "../script/script";
import type { SqlStatement } from "../script/sql-text";
import type { Observer } from "./observer";

const BEFORE = "SET LOCAL row_security = on; ";
const AFTER = "; SET LOCAL row_security = off";

/** Text that is sent to the server. It has the lines of the script. */
export interface SentScript {
  readonly text: string;
  /** Number of characters that were added before the position, as the server counts it. */
  addedBefore(position: number): number;
}

/** An INSERT of values reads no rows. A policy accepts or rejects each new row, and hides none. */
function insertsValues({ words }: SqlStatement): boolean {
  return (
    words[0] === "INSERT" &&
    words.includes("VALUES") &&
    !words.some((word) => ["SELECT", "TABLE"].includes(word))
  );
}

/**
 * The script with row security for each INSERT … VALUES, so that a role that is subject to policies can insert rows. Other
 * statements run without it: instead of changing only the rows that a policy shows, they fail.
 */
export function withRowSecurity({
  sql,
  statements,
}: Pick<MigrationScript, "sql" | "statements">): SentScript {
  const added: { readonly at: number; readonly length: number }[] = [];
  let text = "";
  let end = 0;
  for (const statement of statements.filter(insertsValues)) {
    text += sql.slice(end, statement.offset);
    added.push({ at: text.length, length: BEFORE.length });
    text += BEFORE + statement.text;
    added.push({ at: text.length, length: AFTER.length });
    text += AFTER;
    end = statement.offset + statement.text.length;
  }
  return {
    text: text + sql.slice(end),
    addedBefore(position) {
      const before = [...text].slice(0, position - 1).join("").length;
      return added.filter(({ at }) => at < before).reduce((sum, { length }) => sum + length, 0);
    },
  };
}

/** The script as the runner sends it. Its own setting of row security is left as it is. */
export async function sentScript(observer: Observer, script: MigrationScript): Promise<SentScript> {
  const { sql, statements, isImported } = script;
  const unchanged: SentScript = { text: sql, addedBefore: () => 0 };
  if (/\brow_security\b/i.test(sql)) return unchanged;
  // The other tool ran them with policies.
  if (isImported) return { text: BEFORE + sql, addedBefore: () => BEFORE.length };
  if (!statements.some(insertsValues)) return unchanged;
  if (/\brow\s+level\s+security\b/i.test(sql)) return withRowSecurity(script);
  const { rows } = await observer.query<{ active: boolean }>(
    "SELECT EXISTS (SELECT FROM pg_class WHERE relrowsecurity AND row_security_active(oid)) AS active",
  );
  return rows[0]?.active ? withRowSecurity(script) : unchanged;
}
