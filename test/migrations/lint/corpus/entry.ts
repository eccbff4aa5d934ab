/** A script with the rules that it breaks. */
export interface CorpusEntry {
  readonly sql: string;
  /** Broken rules; none for a script without impact on clients. */
  readonly rules: readonly string[];
  readonly why: string;
  /** @default "expand" */
  readonly phase?: "expand" | "contract";
  /** Value of the header's `-- locks:`. */
  readonly locks?: string;
  /** The header says `-- transaction: none`. */
  readonly alone?: boolean;
  /** Earlier expand scripts of the same version, with their header lines except `needed-by`. */
  readonly before?: readonly string[];
  /** Reason to disagree with a finding of squawk. */
  readonly squawk?: string;
}

type Options = Omit<CorpusEntry, "sql" | "rules" | "why">;

export function safe(sql: string, why: string, options: Options = {}): CorpusEntry {
  return { sql, rules: [], why, ...options };
}

export function unsafe(rules: string, sql: string, why: string, options: Options = {}): CorpusEntry {
  return { sql, rules: rules.split(" "), why, ...options };
}
