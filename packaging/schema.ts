import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PackageProvider } from "../components/package-provider";
import { COMPONENTS } from "./stage";

/** The committed schema: what programs in other languages, and reviews of a change, go by. */
export const SCHEMA_FILE = join(COMPONENTS, "schema.json");

/**
 * The schema of the component package, as the SDK's own analyzer reads it from the sources.
 * @throws what the analyzer throws for an arg or an output that has no place in a schema.
 */
export async function componentSchema(): Promise<object> {
  return JSON.parse(await new PackageProvider(COMPONENTS).getSchema());
}

/** Writes {@link SCHEMA_FILE}, in the format of all files here. */
export async function writeSchema(): Promise<void> {
  writeFileSync(SCHEMA_FILE, JSON.stringify(await componentSchema(), null, 2));
  const biome = join(COMPONENTS, "..", "node_modules", "@biomejs", "biome", "bin", "biome");
  execFileSync(process.execPath, [biome, "format", "--write", SCHEMA_FILE], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}
