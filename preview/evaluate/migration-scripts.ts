import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Graph } from "../../engine/program/graph";
import { AssetValue, contains } from "../../engine/values/values";
import { parseScript } from "../../migrations/script/parse-script";
import type { MigrationScript } from "../../migrations/script/script";
import { ScriptError } from "../../migrations/script/script-error";

/** The migration scripts that the program packs into its functions, by number. */
export function scriptsIn(graph: Graph): MigrationScript[] {
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
  return [...files].flatMap(parsed).sort((a, b) => a.number - b.number);
}

/** Nothing for what is no script of ours: another program's files may be called so, too. */
function parsed(file: string): MigrationScript[] {
  try {
    return [parseScript(basename(file), readFileSync(file, "utf8"))];
  } catch (error) {
    if (error instanceof ScriptError) return [];
    throw error;
  }
}
