import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const BIOME = join(__dirname, "..", "node_modules", "@biomejs", "biome", "bin", "biome");

/** Writes a committed JSON file, in the format that `npm run check` expects. */
export function writeFormattedJson(file: string, value: object): void {
  writeFileSync(file, JSON.stringify(value, null, 2));
  execFileSync(process.execPath, [BIOME, "format", "--write", file], { stdio: ["ignore", "pipe", "pipe"] });
}
