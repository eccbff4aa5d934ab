import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeReference } from "./reference";
import { stagePackage } from "./stage";

const LIMIT_MS = 120_000;

/**
 * Builds the package of the components.
 *
 * @param directory the folder for the tarball and, in `package/`, its content.
 * @param hasReference true to include the reference of the components, which takes most of the time.
 * @returns the tarball's path.
 */
export function packComponents(directory: string, hasReference = true): string {
  const staged = join(directory, "package");
  mkdirSync(directory, { recursive: true });
  stagePackage(staged);
  if (hasReference) writeReference(join(staged, "reference"));
  const output = execFileSync(
    "npm",
    ["pack", "--json", "--offline", "--ignore-scripts", "--pack-destination", directory],
    { cwd: staged, encoding: "utf8", timeout: LIMIT_MS, stdio: ["ignore", "pipe", "ignore"] },
  );
  const [packed]: { filename: string }[] = JSON.parse(output);
  if (packed === undefined) throw new Error(`npm pack must report one tarball, got none for ${staged}.`);
  return join(directory, packed.filename);
}
