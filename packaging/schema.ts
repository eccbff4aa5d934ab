import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PackageProvider } from "../components/package-provider";
import { COMPONENTS } from "./stage";

/** The committed schema, for programs in other languages and for reviews of a change. */
export const SCHEMA_FILE = join(COMPONENTS, "schema.json");

/**
 * Reads the schema of the component package from the sources, with the Pulumi SDK's analyzer.
 *
 * @throws the analyzer's error for an arg or an output whose type no schema can express.
 */
async function componentSchema(): Promise<object> {
  return JSON.parse(await new PackageProvider(COMPONENTS).getSchema());
}

export async function writeSchema(): Promise<void> {
  writeFileSync(SCHEMA_FILE, JSON.stringify(await componentSchema(), null, 2));
  const biome = join(COMPONENTS, "..", "node_modules", "@biomejs", "biome", "bin", "biome");
  execFileSync(process.execPath, [biome, "format", "--write", SCHEMA_FILE], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}
