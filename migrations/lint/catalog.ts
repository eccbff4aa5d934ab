import type { Node } from "libpg-query";
import type { MigrationScript } from "../script/script";
import type { TypeReference } from "./ast";

export interface Column {
  readonly addedIn: MigrationScript;
  type: TypeReference | undefined;
  notNull: boolean;
  hasDefault: boolean;
}

export type ConstraintKind = "check" | "foreign" | "unique" | "primary" | "exclusion" | "not-null";

export interface Constraint {
  readonly addedIn: MigrationScript;
  readonly kind: ConstraintKind;
  readonly columns: readonly string[];
  readonly references?: string;
  /** True for a foreign key whose ON DELETE or ON UPDATE changes rows of this table. */
  readonly cascades: boolean;
  readonly proves: readonly string[];
  validated: boolean;
}

export interface Table {
  key: string;
  readonly kind: "table" | "view" | "materialized view" | "sequence";
  readonly createdIn: MigrationScript | undefined;
  /** Known columns. Complete only for tables that a script creates. */
  readonly columns: Map<string, Column>;
  readonly constraints: Map<string, Constraint>;
  readonly partitions: Set<string>;
  defaultPartition: string | undefined;
  partitioned: boolean;
}

export interface Index {
  readonly table: string;
  readonly unique: boolean;
  /** Undefined for expression indexes and partial indexes. */
  readonly columns: readonly string[] | undefined;
}

export interface Routine {
  readonly language: string;
  readonly volatility: "volatile" | "stable" | "immutable";
  readonly definition: string;
  readonly node: Node;
  readonly body: string | undefined;
}

export interface Trigger {
  readonly table: string;
  readonly routine: string;
}

/**
 * Model of the schema after the scripts read so far. Objects that no script creates are assumed to exist, with
 * unknown properties.
 */
export class Catalog {
  readonly tables = new Map<string, Table>();
  readonly indexes = new Map<string, Index>();
  readonly domains = new Map<string, { readonly base: TypeReference; constrained: boolean }>();
  readonly routines = new Map<string, Routine>();
  readonly triggers = new Map<string, Trigger>();
  /** Values that the current script adds to an existing enum. Maps the value to its type. */
  readonly freshEnumValues = new Map<string, string>();
  utc = false;
  private readonly makers = new Map<string, MigrationScript>();
  private script: MigrationScript | undefined;

  begin(script: MigrationScript): void {
    this.script = script;
    this.freshEnumValues.clear();
    this.utc = false;
  }

  get current(): MigrationScript {
    if (!this.script) throw new Error("begin() has not been called");
    return this.script;
  }

  make(kind: string, name: string): void {
    this.makers.set(`${kind}:${name}`, this.current);
  }

  forget(kind: string, name: string): void {
    this.makers.delete(`${kind}:${name}`);
  }

  maker(kind: string, name: string): MigrationScript | undefined {
    return this.makers.get(`${kind}:${name}`);
  }

  /** True if the current script creates the object. No other session can use it before the script ends. */
  isNew(kind: string, name: string): boolean {
    return this.maker(kind, name) === this.current;
  }

  isNewTable(key: string): boolean {
    return key.startsWith("pg_temp.") || this.tables.get(key)?.createdIn === this.current;
  }

  /**
   * True if the running version does not use objects of this script: the script belongs to the same new version as
   * the current script.
   */
  isUnknownToRunning(maker: MigrationScript | undefined): boolean {
    return maker?.neededBy !== undefined && maker.neededBy === this.current.neededBy;
  }

  table(key: string): Table {
    return this.tables.get(key) ?? this.addTable(key, "table", undefined);
  }

  addTable(key: string, kind: Table["kind"], createdIn: MigrationScript | undefined): Table {
    const table: Table = {
      key,
      kind,
      createdIn,
      columns: new Map(),
      constraints: new Map(),
      partitions: new Set(),
      defaultPartition: undefined,
      partitioned: false,
    };
    this.tables.set(key, table);
    return table;
  }

  /** True if the column is NOT NULL or a validated constraint rules out nulls. */
  isProvenNotNull(key: string, column: string): boolean {
    const table = this.tables.get(key);
    if (table?.columns.get(column)?.notNull) return true;
    return [...(table?.constraints.values() ?? [])].some(({ validated, proves }) => {
      return validated && proves.includes(column);
    });
  }

  parentOf(partition: string): Table | undefined {
    return [...this.tables.values()].find(({ partitions }) => partitions.has(partition));
  }

  baseType(type: TypeReference | undefined): TypeReference | undefined {
    const domain = type && !type.array ? this.domains.get(type.name) : undefined;
    return domain ? this.baseType(domain.base) : type;
  }
}
