import { crc32 } from "node:zlib";
import type { MigrationTool, PlainMigration } from "./migration-tool";

/** A row of the table in which a tool records what it has applied. */
export type ToolRow = Readonly<Record<string, unknown>>;

interface ToolTable {
  readonly table: string;
  readonly query: string;
  /** Keys of the applied migrations, in their order. `keys` are those of the folder. */
  readonly applied: (rows: readonly ToolRow[], keys: readonly string[]) => string[];
}

const keysOf = (column: string) => (rows: readonly ToolRow[]) => rows.map((row) => String(row[column]));

/** golang-migrate records only the last version. A dirty one has failed in the middle. */
function upToVersion(rows: readonly ToolRow[], keys: readonly string[]): string[] {
  const [last] = rows;
  if (!last) return [];
  if (last.dirty === true) {
    throw new RangeError(
      `schema_migrations must not be dirty, got version ${String(last.version)} with dirty = true. Repair it with golang-migrate first.`,
    );
  }
  const version = BigInt(String(last.version));
  return keys.filter((key) => BigInt(key) <= version);
}

const byNumber = new Intl.Collator("en", { numeric: true }).compare;

const isVersion = (key: string) => /^[\d.]+$/.test(key);

/** Flyway skips the migrations up to a baseline, and adds a row for each undone, deleted or repeated one. */
function flywayKeys(rows: readonly ToolRow[], keys: readonly string[]): string[] {
  const types = new Map(rows.map(({ key, type }) => [String(key), String(type)]));
  const baseline = [...types].find(([, type]) => /BASELINE$/.test(type))?.[0];
  const below =
    baseline === undefined ? [] : keys.filter((key) => isVersion(key) && byNumber(key, baseline) <= 0);
  const own = [...types]
    .filter(([, type]) => !/^(?:UNDO|DELETE|SCHEMA)|BASELINE$/.test(type))
    .map(([key]) => key);
  return [...new Set([...below, ...own])];
}

/** Flyway's checksum: the CRC-32 of all lines without their ends, as a signed number. */
function flywayChecksum(sql: string): number {
  return crc32(sql.replaceAll(/\r?\n/g, "")) | 0;
}

/**
 * Checks that the database has the present text of each repeatable migration. Flyway would repeat another one. A text
 * with placeholders is not checked, because its checksum depends on their values.
 *
 * @throws RangeError
 */
export function checkRepeatables(rows: readonly ToolRow[], migrations: readonly PlainMigration[]): void {
  const checksums = new Map(rows.map(({ key, checksum }) => [String(key), checksum]));
  const changed = migrations.filter(({ key, sql, isRepeatable }) => {
    const checksum = checksums.get(key);
    return (
      isRepeatable && typeof checksum === "number" && !sql.includes("${") && checksum !== flywayChecksum(sql)
    );
  });
  if (changed.length === 0) return;
  const files = [...new Set(changed.map(({ file }) => file))].join(", ");
  throw new RangeError(
    `The repeatable migrations must have the text that the database has applied, got a changed ${files}. ` +
      "Run flyway migrate, and import again.",
  );
}

export const TOOL_TABLES: Readonly<Record<MigrationTool, ToolTable>> = {
  prisma: {
    table: "_prisma_migrations",
    query:
      "SELECT migration_name AS key FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY started_at",
    applied: keysOf("key"),
  },
  flyway: {
    table: "flyway_schema_history",
    query:
      "SELECT coalesce(version, 'R ' || description) AS key, type, checksum FROM flyway_schema_history WHERE success ORDER BY installed_rank",
    applied: flywayKeys,
  },
  "golang-migrate": {
    table: "schema_migrations",
    query: "SELECT version, dirty FROM schema_migrations",
    applied: upToVersion,
  },
  dbmate: {
    table: "schema_migrations",
    query: "SELECT version AS key FROM schema_migrations ORDER BY version",
    applied: keysOf("key"),
  },
  "node-pg-migrate": {
    table: "pgmigrations",
    query: "SELECT name AS key FROM pgmigrations ORDER BY run_on, id",
    applied: keysOf("key"),
  },
};

/**
 * The number of migrations at the beginning of the folder that the database has.
 *
 * @throws RangeError if an applied migration is not in the folder, or is applied without one before it
 */
export function countApplied(folder: readonly string[], applied: readonly string[]): number {
  const missing = applied.filter((key) => !folder.includes(key));
  const has = folder.map((key) => applied.includes(key));
  const count = has.indexOf(false) < 0 ? has.length : has.indexOf(false);
  const skipped = folder.filter((_, i) => i >= count && i < has.lastIndexOf(true) && !has[i]);
  const problems = [
    ...missing.map((key) => `the database has applied ${key}, which the folder lacks`),
    ...skipped.map((key) => `the database lacks ${key}, although it has later ones`),
  ];
  if (problems.length > 0) {
    throw new RangeError(
      `The folder must match the history of the database: ${problems.join("; ")}. ` +
        "Restore missing files, and apply missing migrations with the other tool first.",
    );
  }
  return count;
}
