/** Histories of migrations in the manner of common tools, generated from a seed. */

import { MIGRATION_TOOLS, type MigrationTool } from "../../../migrations/plain/migration-tool";
import { CHANGES, createTable, useOtherSchema } from "./history-changes";
import { HistoryModel } from "./history-model";

export interface InventedHistory {
  readonly tool: MigrationTool;
  readonly migrations: readonly { readonly key: string; readonly sql: string }[];
  /** Files of the tool, by path. */
  readonly files: ReadonlyMap<string, string>;
}

type FileText = readonly [path: string, text: string];

const key14 = (index: number) => String(20_200_101_000_000 + index * 100);

/** The files of one migration in the tool's layout, and its name in the tool's table. */
const LAYOUTS: Record<MigrationTool, (index: number, sql: string) => { key: string; files: FileText[] }> = {
  prisma: (index, sql) => {
    const key = `${key14(index)}_change_${index}`;
    return { key, files: [[`${key}/migration.sql`, `-- AlterTable\n${sql}\n`]] };
  },
  flyway: (index, sql) => {
    const key = `${1 + Math.floor(index / 10)}.${index % 10}`;
    const path = `V${key.replace(".", "_")}__Change_no_${index}.sql`;
    return { key, files: [[path, `/*\n * License: see LICENSE\n */\n${sql.replaceAll("\n", "\r\n")}`]] };
  },
  "golang-migrate": (index, sql) => {
    const name = `${String(index + 1).padStart(6, "0")}_change_${index}`;
    const files: FileText[] = [
      [`${name}.up.sql`, sql],
      [`${name}.down.sql`, "SELECT 'not run';"],
    ];
    return { key: String(index + 1), files };
  },
  dbmate: (index, sql) => {
    const key = key14(index);
    const text = `-- migrate:up transaction:false\n${sql}\n\n-- migrate:down\nDROP TABLE not_run;\n`;
    return { key, files: [[`${key}_change_${index}.sql`, text]] };
  },
  "node-pg-migrate": (index, sql) => {
    const key = `${1_600_000_000_000 + index * 1000}_change-${index}`;
    const text = `-- Up Migration\n${sql}\n-- Down Migration\nDROP TABLE not_run;\n`;
    return { key, files: [[`${key}.sql`, text]] };
  },
};

/** Numbers of `-- locks:` headers must not be read from a tool's comments. */
const COMMENTS = ["", "-- author: Ada\n", "-- locks: none of these\n", "-- Ticket 12; see 'notes'\n"];

/** @param seed also chooses the tool */
export function inventHistory(seed: number, count = 110): InventedHistory {
  const tool = MIGRATION_TOOLS[seed % MIGRATION_TOOLS.length] ?? "prisma";
  const model = new HistoryModel(seed, tool);
  const { random } = model;
  const sqls = Array.from({ length: count }, (_, index) => {
    const changes =
      index < 3 ? [createTable] : Array.from({ length: 1 + random.below(3) }, () => random.pick(CHANGES));
    changes.sort((a, b) => Number(a === useOtherSchema) - Number(b === useOtherSchema));
    const parts = changes.flatMap((change) => change(model) ?? []);
    const body = parts.length > 0 ? parts : [createTable(model) ?? ""];
    const text = `${random.pick(COMMENTS)}${body.join("\n")}`;
    return random.chance(0.2) ? text.replace(/;$/, "") : text;
  });
  const written = sqls.map((sql, index) => ({ sql, ...LAYOUTS[tool](index, sql) }));
  return {
    tool,
    migrations: written.map(({ key, sql }) => ({ key, sql })),
    files: new Map(written.flatMap(({ files }) => files)),
  };
}
