import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const SOURCES = ["lambda", "migrations", "traffic"];

/** The time in ms for an installation of the repository's packages, and for a build. */
const INSTALL_LIMIT_MS = 300_000;
const BUILD_LIMIT_MS = 120_000;

/**
 * Builds the bundles if this is a checkout of the repository, as `pulumi package add` of the folder or of its address in
 * Git makes one, and a bundle is missing or out of date. An installed package has its bundles and no sources of them.
 *
 * @param file the bundle
 * @param root the folder that contains the package
 * @throws Error with the command to run when the build fails.
 */
export function buildInCheckout(file: string, root: string = path.join(__dirname, "..", "..")): void {
  const command = path.join(root, "cli", "changeover.js");
  if (!fs.existsSync(command) || !SOURCES.every((folder) => fs.existsSync(path.join(root, folder)))) return;
  if (isCurrent(file, root)) return;
  try {
    if (!fs.existsSync(path.join(root, "node_modules", "esbuild"))) {
      run(root, "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], INSTALL_LIMIT_MS);
    }
    run(root, process.execPath, [command, "build"], BUILD_LIMIT_MS);
    touchAll(path.dirname(path.dirname(file)));
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(
      `The Lambda bundles cannot be built in ${root}: ${(stderr || message).trim().slice(-2000)}\n` +
        "Run `npm ci && npm run build` there.",
    );
  }
}

function isCurrent(file: string, root: string): boolean {
  const built = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return built !== undefined && newest(SOURCES.map((folder) => path.join(root, folder))) <= built;
}

/** An unchanged bundle keeps its time, and would be built again. */
function touchAll(bundles: string): void {
  const now = new Date();
  for (const name of fs.readdirSync(bundles)) fs.utimesSync(path.join(bundles, name, "index.js"), now, now);
}

/** The latest change of a file below the folders, in ms. */
function newest(folders: readonly string[]): number {
  const times = folders.flatMap((folder) =>
    fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => fs.statSync(path.join(entry.parentPath, entry.name)).mtimeMs),
  );
  return Math.max(0, ...times);
}

/** The output of the plugin's own process is Pulumi's. */
function run(cwd: string, command: string, args: readonly string[], timeout: number): void {
  execFileSync(command, args, { cwd, timeout, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
}
