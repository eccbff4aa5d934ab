/** The schema that an invented history has built so far, with names as its tool writes them. */

import type { MigrationTool } from "../../../migrations/plain/migration-tool";
import { SeededRandom } from "./seeded-random";

export interface HistoryColumn {
  name: string;
  type: string;
  /** Used by a view, a function or a policy, so that it is not dropped and keeps its type and name. */
  isUsed: boolean;
}

export interface HistoryTable {
  name: string;
  readonly columns: HistoryColumn[];
  readonly partitions: string[];
  /** First year without a partition. Undefined if the table is not partitioned. */
  nextYear?: number;
  isReferenced: boolean;
  /** True if views or functions name it. */
  isUsed: boolean;
  hasPolicies: boolean;
}

export interface HistoryEnum {
  name: string;
  readonly values: string[];
}

const NOUNS = "user account order invoice team member payment event device audit group report".split(" ");
const PARTS = "profile line state note tag limit plan key value entry".split(" ");
const ATTRIBUTES = "status owner total label created amount kind email score detail default check".split(" ");

export class HistoryModel {
  readonly random: SeededRandom;
  readonly tables: HistoryTable[] = [];
  readonly enums: HistoryEnum[] = [];
  readonly indexes: { name: string; readonly table: HistoryTable }[] = [];
  readonly constraints: { name: string; readonly table: HistoryTable }[] = [];
  readonly views: { readonly name: string; readonly table: HistoryTable; readonly column: HistoryColumn }[] =
    [];
  private count = 0;

  constructor(
    seed: number,
    readonly tool: MigrationTool,
  ) {
    this.random = new SeededRandom(seed);
  }

  number(): number {
    return ++this.count;
  }

  /** A new name as SQL writes it: `"UserProfile7"` in Prisma's manner, `User_Profile_7` in that of others. */
  name(words: readonly string[]): string {
    const parts = [...words, String(this.number())];
    if (this.tool === "prisma") return `"${parts.map(capitalized).join("")}"`;
    if (this.tool === "node-pg-migrate") return `"${parts.join("_")}"`;
    const name = parts.join("_");
    return this.tool === "flyway" && this.random.chance(0.5) ? name.toUpperCase() : name;
  }

  tableName(): string {
    return this.name([this.random.pick(NOUNS), this.random.pick(PARTS)]);
  }

  columnName(): string {
    const { random } = this;
    if (this.tool === "prisma") {
      return `"${random.pick(ATTRIBUTES)}${capitalized(random.pick(PARTS))}${this.number()}"`;
    }
    return this.name([random.pick(ATTRIBUTES)]);
  }

  /** A table that is not partitioned. Undefined if there is none that matches. */
  table(matches: (table: HistoryTable) => boolean = () => true): HistoryTable | undefined {
    const found = this.tables.filter((table) => table.nextYear === undefined && matches(table));
    return found.length === 0 ? undefined : this.random.pick(found);
  }

  partitioned(): HistoryTable | undefined {
    const found = this.tables.filter(({ nextYear }) => nextYear !== undefined);
    return found.length === 0 ? undefined : this.random.pick(found);
  }

  /** A column besides the key. */
  column(
    matches: (column: HistoryColumn, table: HistoryTable) => boolean,
  ): { readonly table: HistoryTable; readonly column: HistoryColumn } | undefined {
    const found = this.tables.flatMap((table) =>
      table.columns.filter((column) => matches(column, table)).map((column) => ({ table, column })),
    );
    return found.length === 0 ? undefined : this.random.pick(found);
  }
}

export function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** A name without its quotes, in the form in which the catalog has it. */
export function catalogName(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1) : name.toLowerCase();
}

/** The name with a suffix, in the same form. */
export function suffixed(name: string, suffix: string): string {
  return name.startsWith('"') ? `${name.slice(0, -1)}${suffix}"` : `${name}${suffix}`;
}
