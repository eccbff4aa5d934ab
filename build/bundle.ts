import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type BuildOptions, buildSync, version as esbuildVersion } from "esbuild";
import { cache, replaceFile } from "./disk-cache";

export interface Bundle {
  readonly file: string;
  /** Hash of the content, in hexadecimal. The same sources give the same bytes in any folder. */
  readonly sha256: string;
}

export interface BundleOptions {
  /**
   * Folder of the sources. Imports in the entry are relative to it, and a change of any source in it leads to a new
   * bundle.
   */
  readonly folder: string;
  /**
   * Other folders that the sources import from.
   *
   * @default none
   */
  readonly otherFolders?: readonly string[];
  readonly entry: string;
  readonly file: string;
}

const root = join(__dirname, "..");

/** The folders of `lambda/`. Each has one handler, which is part of the component package. */
export function lambdaNames(): string[] {
  return readdirSync(join(root, "lambda"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Bundles a Lambda's `lambda/<name>/index.ts` to `components/bundles/<name>/index.js`. */
export function bundleLambda(name: string): Bundle {
  return bundle({
    folder: join(root, "lambda"),
    otherFolders: ["migrations", "traffic"].map((room) => join(root, room)),
    entry: lambdaEntry(name),
    file: join(root, "components", "bundles", name, "index.js"),
  });
}

function lambdaEntry(name: string): string {
  return `export * from "./${name}/index";\n`;
}

/**
 * Bundles an entry. Unchanged sources come from the cache, because the program bundles in every preview and update.
 */
export function bundle({ folder, otherFolders = [], entry, file }: BundleOptions): Bundle {
  const name = `bundles/${fingerprint([folder, ...otherFolders], entry)}.js`;
  const before = cache.read(name);
  const code = before ?? build(folder, entry);
  if (before === undefined) cache.write(name, code);
  if (!existsSync(file) || !readFileSync(file).equals(code)) replaceFile(file, code);
  return { file, sha256: sha256(code) };
}

/** The files of npm packages in the bundle of a Lambda, relative to the repository. */
export function bundledPackageFiles(name: string): string[] {
  const { metafile } = buildSync({
    ...optionsOf(join(root, "lambda"), lambdaEntry(name)),
    metafile: true,
    write: false,
  });
  return Object.keys(metafile.inputs).filter((file) => file.includes("node_modules/"));
}

function build(folder: string, entry: string): Uint8Array {
  const { outputFiles } = buildSync({ ...optionsOf(folder, entry), write: false });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild has no output for ${relative(root, folder)}.`);
  return output.contents;
}

function optionsOf(folder: string, entry: string): BuildOptions {
  return {
    stdin: { contents: entry, resolveDir: folder, sourcefile: "entry.ts", loader: "ts" },
    absWorkingDir: root,
    // For sources outside of the repository that have no packages of their own.
    nodePaths: [join(root, "node_modules")],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    mainFields: ["module", "main"], // ES modules allow tree shaking, which removes more than half of the AWS SDK.
    minify: true, // Also removes the paths of the sources.
    keepNames: true, // Keeps error names and stack traces readable.
    legalComments: "none",
    charset: "utf8",
    logLevel: "silent", // Errors are thrown, with file and line.
  };
}

function sha256(...contents: (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const content of contents) hash.update(content);
  return hash.digest("hex");
}

function fingerprint(folders: readonly string[], entry: string): string {
  const sources = folders.flatMap(sourcesOf);
  return sha256(entry, esbuildVersion, readFileSync(__filename), ...installedPackages(folders), ...sources);
}

function sourcesOf(folder: string): (string | Uint8Array)[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  return names.sort().flatMap((name) => [`\0${name}\0`, readFileSync(join(folder, name))]);
}

/** Reads npm's records of the installed packages. The lockfile may be newer than the last installation. */
function installedPackages(folders: readonly string[]): Uint8Array[] {
  const places = new Set([...folders.flatMap(parentsOf), root]);
  return [...places].flatMap((place) => {
    const records = [join(place, "node_modules", ".package-lock.json"), join(place, "package-lock.json")];
    const file = records.find((record) => existsSync(record));
    return file === undefined ? [] : [readFileSync(file)];
  });
}

/** The folders in which Node.js searches for packages, from the nearest one. */
function parentsOf(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...parentsOf(parent)];
}
