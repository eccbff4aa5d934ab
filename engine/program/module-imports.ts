/** The import helper that tsx adds to a file. It copies the exports of each imported module. */
const HELPER = /var __toESM=\(mod,isNodeMode,target\)=>\(.*?,mod\)\);/;
const SYMBOL_KEY = "changeover.importModule";

/**
 * Replaces tsx's import helper, so that an import is the module object itself, as under the Pulumi CLI.
 *
 * When the SDK turns a function into Lambda code, it recognizes modules by identity and would try to serialize a
 * copy. The replacement has the length of the original, so that source maps stay valid.
 */
export function importModulesThemselves(source: string): string {
  return source.replace(HELPER, (helper) =>
    `var __toESM=globalThis[Symbol.for("${SYMBOL_KEY}")];`.padEnd(helper.length),
  );
}

Object.assign(globalThis, { [Symbol.for(SYMBOL_KEY)]: importModule });

/** In an ES module (`isNodeMode`), the default import of a CommonJS module is the whole module, as in Node.js. */
function importModule(exported: unknown, isNodeMode?: number): unknown {
  if (!isObject(exported)) return { default: exported };
  if (exported.__esModule && !isNodeMode) return exported;
  if (!("default" in exported) && Object.isExtensible(exported)) {
    Object.defineProperty(exported, "default", { value: exported, configurable: true });
  }
  if (exported.default === exported) return exported;
  return Object.create(exported, { default: { value: exported, enumerable: true } });
}

function isObject(value: unknown): value is { readonly __esModule?: unknown; readonly default?: unknown } {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
