export const MIGRATION_TOOLS = ["prisma", "flyway", "golang-migrate", "dbmate", "node-pg-migrate"] as const;
export type MigrationTool = (typeof MIGRATION_TOOLS)[number];

export interface PlainMigration {
  /** Path in the folder, with `/`. */
  readonly file: string;
  /** The tool's own name or number of it, as in the tool's table. */
  readonly key: string;
  readonly title: string;
  /** Text of the file with unchanged line numbers. The part that undoes the migration is blank. */
  readonly sql: string;
  /** True for a migration that Flyway repeats after each change of its file, after all others. */
  readonly isRepeatable?: boolean;
}

interface Layout {
  /** Matches the files of the tool. The groups are the key and the title. */
  readonly file: RegExp;
  readonly key: (match: RegExpExecArray) => string;
  /** Matches a line that begins the part that undoes the migration. */
  readonly down?: RegExp;
}

export const LAYOUTS: Readonly<Record<MigrationTool, Layout>> = {
  prisma: { file: /^(\d+_([^/]+))\/migration\.sql$/, key: ([, key = ""]) => key },
  flyway: { file: /^(?:.*\/)?V([\d._]+?)__(.+)\.sql$/i, key: ([, key = ""]) => key.replaceAll("_", ".") },
  "golang-migrate": { file: /^(\d+)_(.+)\.up\.sql$/, key: ([, key = ""]) => `${BigInt(key)}` },
  dbmate: { file: /^(\d+)_(.+)\.sql$/, key: ([, key = ""]) => key, down: /^--\s*migrate:down\b/ },
  "node-pg-migrate": {
    file: /^((?:\d+)[_-](.+))\.sql$/,
    key: ([, key = ""]) => key,
    down: /^--\s*down migration\b/i,
  },
};

const UP_LINES: Partial<Record<MigrationTool, RegExp>> = {
  dbmate: /^--\s*migrate:up\b/m,
  "node-pg-migrate": /^--\s*up migration\b/im,
};

/** Blanks the lines from the one that matches to the end, so that line numbers stay. */
function withoutDown(sql: string, down: RegExp | undefined): string {
  const lines = sql.split("\n");
  const start = down ? lines.findIndex((line) => down.test(line)) : -1;
  return start < 0 ? sql : lines.map((line, i) => (i < start ? line : "")).join("\n");
}

/** @param files texts by path in the folder */
export function detectTool(files: ReadonlyMap<string, string>): MigrationTool | undefined {
  const paths = [...files.keys()];
  return MIGRATION_TOOLS.find((tool) => {
    const own = paths.filter((path) => LAYOUTS[tool].file.test(path));
    const up = UP_LINES[tool];
    return own.length > 0 && (!up || own.some((path) => up.test(files.get(path) ?? "")));
  });
}

const byNumber = new Intl.Collator("en", { numeric: true }).compare;

const REPEATABLE = /^(?:.*\/)?R__(.+)\.sql$/i;

/** Key of a repeatable migration, which has no version: its description as in Flyway's table. */
export const repeatableKey = (description: string) => `R ${description.replaceAll("_", " ")}`;

/** Flyway runs them in the order of their descriptions, after the migrations with a version. */
function repeatableMigrations(files: ReadonlyMap<string, string>): PlainMigration[] {
  const found = [...files].flatMap(([file, sql]): PlainMigration[] => {
    const [, title] = REPEATABLE.exec(file) ?? [];
    return title === undefined ? [] : [{ file, key: repeatableKey(title), title, sql, isRepeatable: true }];
  });
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

export function readMigrations(files: ReadonlyMap<string, string>, tool: MigrationTool): PlainMigration[] {
  const layout = LAYOUTS[tool];
  const found = [...files].flatMap(([file, text]): PlainMigration[] => {
    const match = layout.file.exec(file);
    if (!match) return [];
    return [{ file, key: layout.key(match), title: match[2] ?? "", sql: withoutDown(text, layout.down) }];
  });
  const sorted = found.sort((a, b) => byNumber(a.key, b.key) || byNumber(a.file, b.file));
  return tool === "flyway" ? [...sorted, ...repeatableMigrations(files)] : sorted;
}

/** Any SQL files, in the order of their paths. Files that undo a migration are left out. */
export function readPlainFiles(files: ReadonlyMap<string, string>): PlainMigration[] {
  const tool = detectTool(files);
  const named = tool ? readMigrations(files, tool) : [];
  const known = new Set(named.map(({ file }) => file));
  const others = [...files]
    .filter(([file]) => !known.has(file) && !/(?:\.down\.sql|(?:^|\/)U[\d._]+__[^/]*\.sql)$/i.test(file))
    .map(([file, sql]) => ({ file, key: file, title: file, sql }))
    .sort((a, b) => byNumber(a.file, b.file));
  return [...named, ...others];
}
