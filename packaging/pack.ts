import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { stagePackage } from "./stage";

/** `npm pack` reads and writes local files only; if it hangs, something is wrong with the machine. */
const LIMIT_MS = 120_000;

/**
 * Builds the package and packs it.
 * @param directory gets the tarball, and the unpacked package in `package/`.
 * @returns the tarball's path.
 */
export function packComponents(directory: string): string {
  const staged = join(directory, "package");
  mkdirSync(directory, { recursive: true });
  stagePackage(staged);
  const answer = execFileSync(
    "npm",
    ["pack", "--json", "--offline", "--ignore-scripts", "--pack-destination", directory],
    { cwd: staged, encoding: "utf8", timeout: LIMIT_MS, stdio: ["ignore", "pipe", "ignore"] },
  );
  const [packed]: { filename: string }[] = JSON.parse(answer);
  if (packed === undefined) throw new Error(`npm packed nothing of ${staged}.`);
  return join(directory, packed.filename);
}
