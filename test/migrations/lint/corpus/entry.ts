/** A labelled script of the corpus. */

export interface CorpusEntry {
  readonly sql: string;
  /** The rules that it breaks; none means that clients do not feel it. */
  readonly rules: readonly string[];
  readonly why: string;
  /** Default: expand. */
  readonly phase?: "expand" | "contract";
  /** Value of the header's `-- locks:`. */
  readonly locks?: string;
  /** The header says `-- transaction: none`. */
  readonly alone?: boolean;
  /** Expand scripts of the same version before it, with their own header lines but `needed-by`. */
  readonly before?: readonly string[];
  /** Why squawk, which finds fault with it, is wrong here. */
  readonly squawk?: string;
}

type Options = Omit<CorpusEntry, "sql" | "rules" | "why">;

export function safe(sql: string, why: string, options: Options = {}): CorpusEntry {
  return { sql, rules: [], why, ...options };
}

export function unsafe(rules: string, sql: string, why: string, options: Options = {}): CorpusEntry {
  return { sql, rules: rules.split(" "), why, ...options };
}
