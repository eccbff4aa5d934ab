import { LAYOUTS, type MigrationTool, type PlainMigration } from "./migration-tool";

/** SQL files that a tool has beside its migrations: those that undo them, and callbacks. */
const COMPANIONS: Partial<Record<MigrationTool, RegExp>> = {
  prisma: /(?:^|\/)down\.sql$/i,
  flyway: /^(?:.*\/)?(?:[URB][\d._]*__.*|(?:before|after|create)[A-Z]\w*)\.sql$/,
  "golang-migrate": /\.down\.sql$/i,
};

/** Migrations that are programs. */
const PROGRAMS: Partial<Record<MigrationTool, RegExp>> = {
  flyway: /(?:^|\/)[VR][\d._]*__[^/]*\.(?!sql$)\w+$/i,
  "node-pg-migrate": /^\d+[_-][^/]*\.[cm]?[jt]s$/,
};

const SHOWN = 5;

function list(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(", ");
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}

/**
 * Problems of a folder that would leave a gap in the imported history: files that are no migrations of the tool, programs,
 * and two migrations with one key.
 *
 * @param paths all files in the folder, with `/`
 */
export function folderProblems(
  paths: readonly string[],
  tool: MigrationTool,
  migrations: readonly PlainMigration[],
): string[] {
  const { file } = LAYOUTS[tool];
  const known = new Set(migrations.map((migration) => migration.file));
  const programs = paths.filter((path) => PROGRAMS[tool]?.test(path));
  const others = paths.filter((path) => {
    return /\.sql$/i.test(path) && !known.has(path) && !file.test(path) && !COMPANIONS[tool]?.test(path);
  });
  const double = migrations.filter(({ key }, i) => migrations[i - 1]?.key === key).map((item) => item.file);
  return [
    ...(others.length > 0
      ? [
          `All SQL files must be migrations of ${tool}, got ${list(others)}. Correct the names, or import a copy of the folder without these files.`,
        ]
      : []),
    ...(programs.length > 0
      ? [
          `All migrations must be SQL, got ${list(programs)}. Replace each by its SQL in a copy of the folder.`,
        ]
      : []),
    ...(double.length > 0
      ? [
          `Each migration must have a version of its own, got another one of ${list(double)}. Rename the file.`,
        ]
      : []),
  ];
}
