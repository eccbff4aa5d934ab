/** Writes generated rows to a table, in savepoints that are rolled back. */

import type { PGlite } from "@electric-sql/pglite";
import { quoteLiteral, RowGenerator } from "../compatibility/generated-rows";
import { CHOICES, valueFor } from "../compatibility/generated-values";
import { readTableFacts, type TableFacts } from "../compatibility/table-facts";
import { blocksClients, lockModeOf } from "../script/lock-mode";
import { quoteName } from "../script/name";
import type { Problem } from "./code-body";

/** Problems by the kind of write; undefined for a write without a problem. */
export type WriteProblems = Map<string, Problem | undefined>;

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^error: /, "").replace(/^.* accepts no row$/, "the row is dropped");
}

const LOCKS = `
  select coalesce(c.oid::regclass::text, '') as table, l.locktype as kind, l.mode
    from pg_locks l left join pg_class c on c.oid = l.relation
   where l.pid = pg_backend_pid() and (l.locktype = 'advisory' or c.relkind in ('r', 'p') and c.relpersistence <> 't')`;

interface LockRow {
  readonly table: string;
  readonly kind: string;
  readonly mode: string;
}

class TableWriter {
  readonly problems: WriteProblems = new Map();
  private held = new Set<string>();

  constructor(
    private readonly database: PGlite,
    private readonly table: string,
    private readonly tables: ReadonlyMap<string, TableFacts>,
  ) {}

  private async locks(): Promise<string[]> {
    const { rows } = await this.database.query<LockRow>(LOCKS);
    return rows.flatMap(({ table, kind, mode }) => {
      if (kind === "advisory") return ["it takes an advisory lock"];
      const known = lockModeOf(mode);
      return known && blocksClients(known) ? [`it locks ${table} in ${known}`] : [];
    });
  }

  /** Runs a write. @returns the number of rows; undefined if the write failed */
  private async write(kind: string, run: () => Promise<number>): Promise<number | undefined> {
    try {
      const rows = await run();
      await this.database.exec("set constraints all immediate");
      const lock = (await this.locks()).find((text) => !this.held.has(text));
      const blocked = lock === undefined ? undefined : { message: lock, blocks: true };
      this.problems.set(kind, rows === 0 ? { message: "the row is dropped" } : blocked);
      return rows;
    } catch (error) {
      this.problems.set(kind, { message: messageOf(error) });
      return undefined;
    }
  }

  private async inSavepoint<T>(name: string, run: () => Promise<T>): Promise<T> {
    await this.database.exec(`savepoint ${name}`);
    try {
      return await run();
    } finally {
      await this.database.exec(`rollback to ${name}; release ${name}`);
    }
  }

  private async execute(sql: string): Promise<number> {
    return (await this.database.exec(sql)).at(-1)?.affectedRows ?? 0;
  }

  async run(): Promise<WriteProblems> {
    this.held = new Set(await this.locks());
    const failures: string[] = [];
    for (const choice of CHOICES) {
      const isInserted = await this.inSavepoint("generated", () => this.writeRow(choice));
      if (isInserted) return this.problems;
      failures.push(this.problems.get("INSERT")?.message ?? "");
    }
    // Values of some attempts violate constraints; the others fail for the same reason.
    const count = (message: string) => failures.filter((other) => other === message).length;
    const [message = ""] = failures.sort((a, b) => count(b) - count(a));
    this.problems.set("INSERT", { message });
    return this.problems;
  }

  private async writeRow(choice: number): Promise<boolean> {
    const rows = new RowGenerator(this.database, this.tables, choice);
    let row = {};
    const inserted = await this.write("INSERT", async () => {
      row = await rows.insert(this.table, []);
      return 1;
    });
    if (inserted === undefined) return false;
    await this.inSavepoint("again", () =>
      this.write("second INSERT", async () => {
        await rows.insert(this.table, []);
        return 1;
      }),
    );
    await this.update();
    await this.inSavepoint("deletion", () =>
      this.write("DELETE", () =>
        this.execute(
          `delete from ${this.table} as generated where to_jsonb(generated) = ${quoteLiteral(JSON.stringify(row))}::jsonb`,
        ),
      ),
    );
    return true;
  }

  private async update(): Promise<void> {
    const facts = this.tables.get(this.table);
    const columns = (facts?.columns ?? []).filter(({ isGenerated }) => !isGenerated);
    const same = columns.map(({ name }) => `${quoteName(name)} = ${quoteName(name)}`).join(", ");
    if (same !== "") {
      await this.inSavepoint("same", () =>
        this.write("UPDATE", () => this.execute(`update ${this.table} set ${same}`)),
      );
    }
    const kept: boolean[] = [];
    for (const { name, type } of columns) {
      const value = quoteLiteral(valueFor(type, { attempt: 1, number: 900 }, facts, name));
      await this.inSavepoint("change", async () => {
        const before = await this.values(name);
        const changed = await this.write(`UPDATE of ${quoteName(name)}`, () =>
          this.execute(`update ${this.table} set ${quoteName(name)} = ${value}`),
        );
        if (changed) kept.push((await this.values(name)) !== before);
      });
    }
    const isLost = kept.length > 0 && !kept.includes(true);
    this.problems.set("UPDATE with new values", isLost ? { message: "the change is dropped" } : undefined);
  }

  private async values(column: string): Promise<string> {
    const { rows } = await this.database.query<{ text: string }>(
      `select string_agg(coalesce(${quoteName(column)}::text, ''), ',' order by ${quoteName(column)}::text) as text
         from ${this.table}`,
    );
    return rows[0]?.text ?? "";
  }
}

/** Must be called in a transaction. */
export async function tableWrites(
  database: PGlite,
  names: Iterable<string>,
): Promise<Map<string, WriteProblems>> {
  const tables = await readTableFacts(database);
  const found = new Map<string, WriteProblems>();
  for (const name of new Set(names)) {
    if (tables.has(name)) found.set(name, await new TableWriter(database, name, tables).run());
  }
  return found;
}
