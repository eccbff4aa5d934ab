import { readFileSync } from "node:fs";
import Module, { SourceMap } from "node:module";
import { sep } from "node:path";
import { importModulesThemselves } from "./module-imports";

interface CompilingModule extends NodeJS.Module {
  _compile(source: string, file: string): void;
}
type Load = (module: CompilingModule, file: string) => void;
type Extensions = Record<string, Load>;

const packages = `${sep}node_modules${sep}`;
const compiled = new Map<string, string>();

/**
 * Makes tsx faster. By default, tsx transforms every file, and Node.js maps every stack trace to source positions.
 * - CommonJS packages are not transformed, which halves the load time of the SDK.
 * - A stack trace is mapped only when it is shown ({@link originalPosition}). The SDK records many stack traces that are
 *   never read, and mapping all of them would double the run time of a program.
 */
export function tuneLoader(): void {
  const { _extensions: extensions } = Module as unknown as { _extensions: Extensions };
  for (const [extension, load] of Object.entries(extensions)) {
    if (/^\.[cm]?[jt]sx?$/.test(extension))
      extensions[extension] = (module, file) => tuned(load, module, file);
  }
  const prototype = Module.prototype as CompilingModule;
  const { _compile } = prototype;
  prototype._compile = function (source, file) {
    process.setSourceMapsEnabled(mapsStacks);
    if (file.includes(packages)) return _compile.call(this, source, file);
    compiled.set(file, source);
    return _compile.call(this, importModulesThemselves(source), file);
  };
}

let mapsStacks = false;

/** Lets Node.js map all stack traces. This module's own mapping does not cover ES modules. */
export function mapStacks(): void {
  mapsStacks = true;
  process.setSourceMapsEnabled(true);
}

function tuned(load: Load, module: CompilingModule, file: string): void {
  if (file.endsWith(".js") && file.includes(packages)) {
    try {
      module._compile(readFileSync(file, "utf8"), file);
      return;
    } catch (error) {
      if (!isModuleSyntax(error)) throw error;
    }
  }
  process.setSourceMapsEnabled(true);
  load(module, file);
}

/** True for an error of the compiler, which occurs before any code of the file runs. */
function isModuleSyntax(error: unknown): boolean {
  if (!(error instanceof SyntaxError)) return false;
  return /^(Cannot use import statement|Unexpected token 'export'|Cannot use 'import.meta')/.test(
    error.message,
  );
}

/** Maps a position in compiled code to the source file. Lines and columns count from 1. */
export function originalPosition(
  file: string,
  line: number,
  column: number,
): { line: number; column: number } {
  const inline = /\n\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)\s*$/.exec(
    compiled.get(file) ?? "",
  );
  if (inline?.[1] === undefined) return { line, column };
  const map = new SourceMap(JSON.parse(Buffer.from(inline[1], "base64").toString("utf8")));
  const entry = map.findEntry(line - 1, column - 1);
  if (!("originalLine" in entry)) return { line, column };
  return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}
