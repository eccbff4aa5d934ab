import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { basename, join, resolve } from "node:path";

const REPOSITORY = resolve(__dirname, "../../..");

const PROGRAM = [
  ...["index.ts", "Pulumi.yaml", "Pulumi.dev.yaml", "package.json", "package-lock.json", "tsconfig.json"],
  ...["app", "build", "components", "contract", "lambda", "migrations", "stack", "traffic"],
];

export interface Tag {
  /** The only version whose sources the checkout has. */
  readonly version: string;
  /** Number of the last migration script at that time. */
  readonly lastMigration: number;
}

/** Makes a checkout of the program at the tag of a version, without the sources and scripts of all others. */
export function checkOut({ version, lastMigration }: Tag, directory: string): string {
  mkdirSync(directory, { recursive: true });
  const filter = (from: string) => basename(from) !== "bundles";
  for (const name of PROGRAM)
    cpSync(join(REPOSITORY, name), join(directory, name), { recursive: true, filter });
  // The cache is keyed by content, so checkouts can share it.
  for (const name of ["node_modules", ".changeover"])
    if (existsSync(join(REPOSITORY, name))) symlinkSync(join(REPOSITORY, name), join(directory, name));
  keepOnly(join(directory, "app", "versions"), (name) => name === `${version}.ts`);
  keepOnly(join(directory, "app", "migrations"), (name) => Number(name.slice(0, 4)) <= lastMigration);
  return directory;
}

function keepOnly(folder: string, keep: (name: string) => boolean): void {
  for (const name of readdirSync(folder)) if (!keep(name)) rmSync(join(folder, name));
}
