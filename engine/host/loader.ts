import { readFileSync } from "node:fs";
import Module from "node:module";
import { sep } from "node:path";

interface CompilingModule extends NodeJS.Module {
  _compile(source: string, file: string): void;
}
type Extensions = Record<string, (module: CompilingModule, file: string) => void>;

/**
 * tsx looks for TypeScript and ES modules in every file that is required. Nearly all packages are CommonJS: running
 * those as they are halves the time it takes to load the SDK.
 */
export function runPackagesAsTheyAre(): void {
  const extensions = (Module as unknown as { _extensions: Extensions })._extensions;
  const transforming = extensions[".js"];
  if (transforming === undefined) throw new Error("Node has no loader for .js files.");
  const packages = `${sep}node_modules${sep}`;
  extensions[".js"] = (module, file) => {
    if (!file.includes(packages)) return transforming(module, file);
    try {
      module._compile(readFileSync(file, "utf8"), file);
    } catch (error) {
      if (!isModuleSyntax(error)) throw error;
      transforming(module, file);
    }
  };
}

/** Raised while compiling, so nothing of the file has run yet. */
function isModuleSyntax(error: unknown): boolean {
  if (!(error instanceof SyntaxError)) return false;
  return /^(Cannot use import statement|Unexpected token 'export'|Cannot use 'import.meta')/.test(
    error.message,
  );
}
