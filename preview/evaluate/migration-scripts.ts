import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Graph } from "../../engine/program/graph";
import { AssetValue, contains } from "../../engine/values/values";
import { parseScript } from "../../migrations/script/parse-script";
import type { MigrationScript } from "../../migrations/script/script";
import { ScriptError } from "../../migrations/script/script-error";

/** Paths of the migration scripts in the archives of the program's functions. */
export function migrationScriptFiles(graph: Graph): string[] {
  const files = new Set<string>();
  const visit = (asset: AssetValue) => {
    for (const [name, entry] of Object.entries(asset.source.assets ?? {})) {
      if (/\.(expand|contract)\.sql$/.test(name) && entry.source.path) files.add(entry.source.path);
      visit(entry);
    }
  };
  for (const { inputs } of graph.resources) {
    contains(inputs, (value) => {
      if (value instanceof AssetValue) visit(value);
      return false;
    });
  }
  return [...files];
}

/** The migration scripts in the archives of the program's functions, sorted by number. */
export function migrationScripts(graph: Graph): MigrationScript[] {
  return migrationScriptFiles(graph)
    .flatMap(parse)
    .sort((a, b) => a.number - b.number);
}

/** Returns no script for an invalid file, because other programs may use the same suffix for other files. */
function parse(file: string): MigrationScript[] {
  try {
    return [parseScript(basename(file), readFileSync(file, "utf8"))];
  } catch (error) {
    if (error instanceof ScriptError) return [];
    throw error;
  }
}
