import type { Node } from "libpg-query";
import type { MigrationScript } from "../script/script";
import { as, findAll, keyOf, strings, type TypeReference } from "./ast";

/** Value of a column in a row that omits it. `numbered` stands for identity and serial columns. */
export type OmittedValue =
  | { readonly kind: "null" | "numbered" | "unknown" }
  | { readonly kind: "default" | "generated"; readonly expression: Node };

export interface Column {
  /** Undefined if the column may be older than the scripts. */
  addedIn: MigrationScript | undefined;
  type: TypeReference | undefined;
  collation: string | undefined;
  notNull: boolean;
  omitted: OmittedValue;
  /** False if code may have removed, renamed or changed the column. */
  isCertain: boolean;
}

/** Actions of a foreign key that change rows: CASCADE, SET NULL and SET DEFAULT. */
export const CHANGING_ACTIONS: readonly string[] = ["c", "n", "d"];

export type ConstraintKind = "check" | "foreign" | "unique" | "primary" | "exclusion" | "not-null";

export interface Constraint {
  readonly addedIn: MigrationScript;
  readonly kind: ConstraintKind;
  columns: readonly string[];
  readonly references: Table | undefined;
  readonly referencedColumns: readonly string[];
  /** Letters of pg_constraint, such as `c` for CASCADE. */
  readonly deleteAction: string;
  readonly updateAction: string;
  readonly matchType: string;
  /** False for NOT ENFORCED. */
  isEnforced: boolean;
  checkedAt: "statement" | "commit" | "statement, or commit if deferred";
  proves: readonly string[];
  validated: boolean;
  /** Condition of a CHECK. Undefined after a rename of one of its columns. */
  expression: Node | undefined;
  /** True if code may have added it, so that it is no proof. */
  readonly isPossible: boolean;
}

export interface Index {
  key: string;
  readonly table: Table;
  readonly addedIn: MigrationScript | undefined;
  readonly unique: boolean;
  /** Key columns. Undefined for expression indexes and partial indexes. */
  columns: readonly string[] | undefined;
  /** First key column, also of a partial index. */
  leading: string | undefined;
  /** All columns in keys, expressions and predicate. `*` stands for the whole row. */
  mentions: readonly string[];
  /** True for the index of a constraint, which has the constraint's name. */
  ofConstraint: boolean;
  /** True if code may have created or dropped it. */
  isPossible: boolean;
}

export interface Trigger {
  readonly name: string;
  readonly addedIn: MigrationScript;
  readonly routine: string;
  readonly timing: number;
  readonly events: number;
  readonly row: boolean;
  readonly node: Node;
}

/** A rewrite rule of CREATE RULE. */
export interface RewriteRule {
  /** Kind of statement, such as `CMD_INSERT`. */
  readonly event: string;
  readonly actions: readonly Node[];
}

export type RelationKind = "table" | "view" | "materialized view" | "sequence";

export interface Table {
  key: string;
  readonly kind: RelationKind;
  /** Undefined if the table existed, or may have existed, before the scripts. */
  readonly createdIn: MigrationScript | undefined;
  /** The script with its CREATE statement, which IF NOT EXISTS may have skipped. */
  readonly declaredIn: MigrationScript | undefined;
  readonly isTemporary: boolean;
  /** The last script that renamed it, and the name before that script. */
  renamed: { readonly script: MigrationScript; readonly from: string } | undefined;
  /** The script whose code may have created it. */
  readonly codeIn: MigrationScript | undefined;
  /** True if all columns, constraints and indexes are known. */
  isWhole: boolean;
  /** Known columns; all columns if `isWhole`. */
  readonly columns: Map<string, Column>;
  readonly constraints: Map<string, Constraint>;
  readonly indexes: Set<Index>;
  readonly triggers: Map<string, Trigger>;
  readonly rules: Map<string, RewriteRule>;
  readonly possibleColumns: Set<string>;
  readonly parents: Set<Table>;
  readonly children: Set<Table>;
  defaultPartition: Table | undefined;
  partitioned: boolean;
  /** Columns of the partition key. Empty if it has an expression. */
  readonly partitionKey: readonly string[];
  hasRowSecurity: boolean;
  replicaIdentity: "default" | "nothing" | "index" | "full";
  replicaIndex: Index | undefined;
  query: Node | undefined;
  /** Names of a view's columns in its definition, and its options such as `security_invoker`. */
  aliases: readonly Node[] | undefined;
  options: ReadonlyMap<string, string>;
}

export interface Routine {
  readonly name: string;
  /** Types of the arguments that a call passes. */
  readonly signature: string;
  readonly returns: string;
  readonly required: number;
  readonly addedIn: MigrationScript | undefined;
  readonly language: string;
  readonly volatility: "volatile" | "stable" | "immutable";
  readonly isStrict: boolean;
  readonly definition: string;
  readonly node: Node;
  readonly body: string | undefined;
  readonly calls: readonly string[];
}

const SCALAR_TYPES = new Set(
  `bit bool boolean bpchar bytea char cidr citext date decimal float4 float8 inet int2 int4 int8 interval json jsonb
  macaddr money numeric oid serial bigserial smallserial serial4 serial8 text time timestamp timestamptz timetz tsvector
  uuid varbit varchar xml`.split(/\s+/),
);

interface Made {
  readonly script: MigrationScript;
  readonly node: Node | undefined;
}

export interface Publication {
  readonly isOfAllTables: boolean;
  readonly schemas: readonly string[];
  readonly tables: ReadonlySet<Table>;
}

export interface Domain {
  readonly base: TypeReference;
  constrained: boolean;
  default: Node | undefined;
  readonly checks: Node[];
}

/**
 * Model of the schema after the scripts read so far. Objects that no script creates are assumed to exist, with
 * unknown properties.
 */
export class Catalog {
  readonly tables = new Map<string, Table>();
  readonly indexes = new Map<string, Index>();
  readonly domains = new Map<string, Domain>();
  readonly routines = new Map<string, Map<string, Routine>>();
  readonly operators = new Map<string, string>();
  /** Functions of casts, by the type that they return. */
  readonly casts = new Map<string, string[]>();
  /** Values that the current script adds to an existing enum. Maps the value to its type. */
  readonly freshEnumValues = new Map<string, string>();
  /** Publications of updates and deletes, by name. */
  readonly publications = new Map<string, Publication>();
  readonly removed = new Set<string>();
  readonly dropped = new Map<Table, Constraint[]>();
  utc = false;
  /** False if the database has objects that no script creates, or if code may have changed anything. */
  isWhole = true;
  /** Tables that the current script creates and fills with rows. */
  readonly filled = new Set<Table>();
  /** Tables that the current script has renamed, by their names before the script. */
  readonly renamedNow = new Map<string, Table>();
  /** Tables with knowledge that was gained since the last {@link distrust}. */
  readonly trusted = new Set<Table>();
  private readonly makers = new Map<string, Made>();
  private readonly droppedNow = new Map<string, Node>();
  private readonly shadowed: [key: string, table: Table | undefined][] = [];
  private script: MigrationScript | undefined;

  begin(script: MigrationScript): void {
    this.script = script;
    this.freshEnumValues.clear();
    this.dropped.clear();
    this.filled.clear();
    this.renamedNow.clear();
    this.droppedNow.clear();
    this.utc = false;
    for (const [key, table] of this.shadowed.splice(0).reverse()) {
      if (table) this.tables.set(key, table);
      else this.tables.delete(key);
    }
  }

  get current(): MigrationScript {
    if (!this.script) throw new Error("begin() has not been called");
    return this.script;
  }

  make(kind: string, name: string, node?: Node): void {
    this.makers.set(`${kind}:${name}`, { script: this.current, node });
  }

  forget(kind: string, name: string): void {
    const node = this.definition(kind, name);
    if (node) this.droppedNow.set(`${kind}:${name}`, node);
    this.makers.delete(`${kind}:${name}`);
  }

  maker(kind: string, name: string): MigrationScript | undefined {
    return this.makers.get(`${kind}:${name}`)?.script;
  }

  /** The statement that creates the object. Undefined for kinds that have tables of their own. */
  definition(kind: string, name: string): Node | undefined {
    return this.makers.get(`${kind}:${name}`)?.node;
  }

  /** The definition of an object that the current script has dropped. */
  droppedDefinition(kind: string, name: string): Node | undefined {
    return this.droppedNow.get(`${kind}:${name}`);
  }

  /** True if the current script creates the object. No other session can use it before the script ends. */
  isNew(kind: string, name: string): boolean {
    return this.maker(kind, name) === this.current;
  }

  /** Records that a statement may have added rows to the table, if the current script creates it. */
  fill(key: string): void {
    const table = this.tables.get(key);
    for (const filled of table && this.isNewTable(key) ? withAncestors(table) : []) this.filled.add(filled);
  }

  isNewTable(key: string): boolean {
    if (key.startsWith("pg_temp.")) return true;
    const table = this.tables.get(key);
    return table !== undefined && (table.isTemporary || table.createdIn === this.current);
  }

  /**
   * Name of the table before the current script. Undefined if the script, or its code, creates it, also if it does so
   * only if the table is missing.
   */
  nameAtStart(key: string): string | undefined {
    const table = this.tables.get(key);
    if (!table) return key;
    if (this.isNewTable(key) || [table.codeIn, table.declaredIn].includes(this.current)) return undefined;
    return table.renamed?.script === this.current ? table.renamed.from : key;
  }

  /** The table that had this name before the current script. */
  atStart(name: string): Table | undefined {
    return this.renamedNow.get(name) ?? this.tables.get(name);
  }

  /**
   * True if the running version does not use objects of this script: the script belongs to the same new version as
   * the current script.
   */
  isUnknownToRunning(maker: MigrationScript | undefined): boolean {
    return maker?.neededBy !== undefined && maker.neededBy === this.current.neededBy;
  }

  table(key: string): Table {
    const known = this.tables.get(key);
    if (known) return known;
    this.isWhole = false;
    return this.addTable(key, "table");
  }

  /** A table of which nothing is known. It is not added to the catalog. */
  blank(key: string, kind: RelationKind = "table"): Table {
    return {
      key,
      kind,
      createdIn: undefined,
      declaredIn: undefined,
      isTemporary: false,
      renamed: undefined,
      codeIn: undefined,
      isWhole: false,
      columns: new Map(),
      constraints: new Map(),
      indexes: new Set(),
      triggers: new Map(),
      rules: new Map(),
      possibleColumns: new Set(),
      parents: new Set(),
      children: new Set(),
      defaultPartition: undefined,
      partitioned: false,
      partitionKey: [],
      hasRowSecurity: false,
      replicaIdentity: "default",
      replicaIndex: undefined,
      query: undefined,
      aliases: undefined,
      options: new Map(),
    };
  }

  addTable(key: string, kind: RelationKind, properties: Partial<Table> = {}): Table {
    const table: Table = { ...this.blank(key, kind), ...properties };
    if (table.isTemporary) this.shadowed.push([key, this.tables.get(key)]);
    this.tables.set(key, table);
    this.trusted.add(table);
    return table;
  }

  addIndex(index: Index): void {
    this.indexes.set(index.key, index);
    index.table.indexes.add(index);
  }

  removeIndex(index: Index): void {
    index.table.indexes.delete(index);
    if (this.indexes.get(index.key) === index) this.indexes.delete(index.key);
  }

  /** True if the column is NOT NULL or a validated constraint rules out nulls, in the table and all its children. */
  isProvenNotNull(table: Table | undefined, column: string): boolean {
    if (!table) return false;
    const known = table.columns.get(column);
    const proven =
      (known?.notNull === true && known.isCertain) ||
      [...table.constraints.values()].some(
        ({ validated, proves, isPossible }) => validated && !isPossible && proves.includes(column),
      );
    return proven && [...table.children].every((child) => this.isProvenNotNull(child, column));
  }

  /** Tables with foreign keys that reference the table. */
  referencing(table: Table): Table[] {
    return [...this.tables.values()].filter(({ constraints }) => {
      return [...constraints.values()].some(({ references }) => references === table);
    });
  }

  baseType(type: TypeReference | undefined): TypeReference | undefined {
    const domain = type && !type.array ? this.domains.get(type.name) : undefined;
    return domain ? this.baseType(domain.base) : type;
  }

  /** Checks of the domain, also those of the domains on which it is based. */
  domainChecks(name: string): Node[] {
    const domain = this.domains.get(name);
    return domain ? [...domain.checks, ...this.domainChecks(domain.base.name)] : [];
  }

  /** Default of a column that has none of its own. */
  domainDefault(name: string): Node | undefined {
    const domain = this.domains.get(name);
    return domain && (domain.default ?? this.domainDefault(domain.base.name));
  }

  domainFunctions(name: string): string[] {
    return findAll(this.domainChecks(name), "FuncCall").map(({ funcname }) => keyOf(strings(funcname)));
  }

  isEnum(type: string): boolean {
    return as(this.definition("type", type), "CreateEnumStmt") !== undefined;
  }

  /** True for types of which a value is either null or not. A composite value with a null field is neither. */
  isScalar(type: TypeReference | undefined): boolean {
    const base = this.baseType(type);
    return base !== undefined && (base.array || SCALAR_TYPES.has(base.name) || this.isEnum(base.name));
  }

  overloads(name: string): readonly Routine[] {
    return [...(this.routines.get(name)?.values() ?? [])];
  }

  /** Forgets everything that code may have changed without being readable. */
  distrust(): void {
    this.isWhole = false;
    this.utc = false;
    for (const table of this.trusted) {
      if (this.isNewTable(table.key)) continue;
      distrustTable(table);
      this.trusted.delete(table);
    }
  }
}

/** Forgets what code may have changed: types, proofs and the existence of columns. */
export function distrustTable(table: Table): void {
  table.isWhole = false;
  for (const column of table.columns.values()) {
    column.type = undefined;
    column.notNull = false;
    column.isCertain = false;
  }
  for (const constraint of table.constraints.values()) {
    constraint.proves = [];
    constraint.validated = false;
  }
  for (const index of table.indexes) index.isPossible = true;
}

/** The table and all tables that inherit from it, such as its partitions. */
export function withDescendants(table: Table): Table[] {
  return [table, ...[...table.children].flatMap(withDescendants)];
}

export function withAncestors(table: Table): Table[] {
  return [table, ...[...table.parents].flatMap(withAncestors)];
}

/** Tables that the foreign keys on the column reference, and tables whose foreign keys reference it. */
export function foreignKeyPartners(catalog: Catalog, table: Table, column: string): Table[] {
  const referenced = [...table.constraints.values()].flatMap(({ columns, references }) => {
    return references && columns.includes(column) ? [references] : [];
  });
  const referencing = catalog.referencing(table).filter(({ constraints }) => {
    return [...constraints.values()].some(
      ({ references, referencedColumns }) =>
        references === table && (referencedColumns.includes(column) || referencedColumns.length === 0),
    );
  });
  return [...new Set([...referenced, ...referencing])];
}
