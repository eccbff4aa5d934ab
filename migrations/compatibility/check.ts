import type { PGlite } from "@electric-sql/pglite";
import { loadParser } from "../lint/parser";
import { replay, UnavailableError } from "../scratch/replay";
import type { MigrationScript } from "../script/script";
import { ScriptError } from "../script/script-error";
import { compareVersions } from "../script/version";
import { executeWrites, type WriteOutcome, writeProblem } from "./execute-writes";
import { prepareQueries } from "./prepare";
import { incompatibility, type PreparedQuery } from "./prepared-query";
import type { VersionQueries } from "./queries";
import type { CompatibilityReport, QueryBreak } from "./query-break";
import { readQuery } from "./read-query";
import { readWriteQuery, type WriteQuery } from "./write-query";

interface ListedQuery extends Omit<QueryBreak, "problem" | "script"> {
  readonly sql: string;
  readonly isPreparable: boolean;
  readonly write: WriteQuery | undefined;
}

function isNeeded({ neededBy }: MigrationScript, version: string): boolean {
  return neededBy !== undefined && compareVersions(neededBy, version) <= 0;
}

function scriptReference({ id, phase, file }: MigrationScript): QueryBreak["script"] {
  return { id, phase, file };
}

/**
 * Order in which all expand scripts run before all contract scripts. In this order, which a new stack uses, each old
 * version is checked against as many scripts as possible.
 */
function latestOrder(scripts: readonly MigrationScript[]): MigrationScript[] {
  const inPhase = (phase: MigrationScript["phase"]) => scripts.filter((script) => script.phase === phase);
  return [...inPhase("expand"), ...inPhase("contract")];
}

function readAll(versions: readonly VersionQueries[]): { breaks: QueryBreak[]; listed: ListedQuery[] } {
  const breaks: QueryBreak[] = [];
  const listed = versions.flatMap(({ version, file, queries }) =>
    Object.entries(queries).map(([query, sql]): ListedQuery => {
      const { isPreparable, problem } = readQuery(sql);
      if (problem !== undefined) breaks.push({ version, file, query, problem });
      return { version, file, query, sql, isPreparable, write: readWriteQuery(sql) };
    }),
  );
  return { breaks, listed };
}

/** Compares the writes of each version with their first execution, on that version's own schema. */
class WriteCheck {
  private readonly first = new Map<ListedQuery, WriteOutcome>();

  constructor(private readonly database: PGlite) {}

  async check(queries: readonly ListedQuery[]): Promise<[query: ListedQuery, problem: string][]> {
    const writes = queries.flatMap((query): [string, WriteQuery][] => {
      const before = this.first.get(query);
      // A write that fails on its own version's schema needs rows that were not generated, so it is not compared.
      return query.write && !(before && "error" in before) ? [[query.sql, query.write]] : [];
    });
    const outcomes = await executeWrites(this.database, new Map(writes));
    return queries.flatMap((query): [ListedQuery, string][] => {
      const now = outcomes.get(query.sql);
      const before = this.first.get(query);
      if (now && !before) this.first.set(query, now);
      const problem = query.write && writeProblem(query.write, before, now);
      return problem === undefined ? [] : [[query, problem]];
    });
  }
}

/** Applies the scripts in the given order and checks all queries after each script. @throws ScriptError */
async function breaksDuring(
  database: PGlite,
  scripts: readonly MigrationScript[],
  queries: readonly ListedQuery[],
  onScript: (file: string) => void,
): Promise<QueryBreak[]> {
  const breaks: QueryBreak[] = [];
  const writtenFor = new Map<ListedQuery, PreparedQuery>();
  const found = ({ version, file, query }: ListedQuery, problem: string, script?: QueryBreak["script"]) =>
    breaks.push({ version, file, query, problem, ...(script && { script }) });
  const intact = new Set(queries);
  const writes = new WriteCheck(database);
  for (let applied = 0; ; applied++) {
    const script = scripts[applied - 1];
    if (script) {
      onScript(script.file);
      await replay(database, script);
    }
    const rest = scripts.slice(applied);
    const can = [...intact].filter(({ version }) => !rest.some((later) => isNeeded(later, version)));
    const shapes = await prepareQueries(database, [...new Set(can.map(({ sql }) => sql))]);
    for (const query of can) {
      const now = shapes.get(query.sql);
      const before = writtenFor.get(query);
      if (!now) continue;
      if (!before && "error" in now)
        found(query, `it cannot be prepared on the schema of its version: ${now.error}`);
      if (!before) writtenFor.set(query, now);
      const problem = before && incompatibility(before, now);
      if (problem !== undefined) found(query, problem, script && scriptReference(script));
      if ("error" in now || problem !== undefined) intact.delete(query);
    }
    for (const [query, problem] of await writes.check(can.filter((query) => intact.has(query)))) {
      found(query, problem, script && scriptReference(script));
      intact.delete(query);
    }
    if (rest.length === 0) return breaks;
  }
}

function unknownBecause({ message }: UnavailableError): string {
  return (
    `The compatibility of the scripts with the versions' queries is unknown, because PGlite cannot run them: ${message} ` +
    "Add a test that prepares the queries on a server that can."
  );
}

/**
 * Finds queries that a script breaks.
 *
 * Each version's queries are prepared on the schema of its own expand scripts, and again after each later script. Those
 * that write are also executed with generated rows, which are rolled back.
 *
 * @param open opens an empty scratch database, which is closed at the end
 * @param onScript called before each script
 */
export async function checkCompatibility(
  scripts: readonly MigrationScript[],
  versions: readonly VersionQueries[],
  open: () => Promise<PGlite>,
  onScript: (file: string) => void = () => undefined,
): Promise<CompatibilityReport> {
  await loadParser();
  const { breaks, listed } = readAll(versions);
  const queries = listed.filter(({ isPreparable }) => isPreparable);
  const database = await open();
  try {
    return {
      breaks: [...breaks, ...(await breaksDuring(database, latestOrder(scripts), queries, onScript))],
    };
  } catch (error) {
    if (error instanceof UnavailableError) return { breaks, unknown: [unknownBecause(error)] };
    if (error instanceof ScriptError) return { breaks, unusable: error.message };
    throw error;
  } finally {
    await database.close();
  }
}
