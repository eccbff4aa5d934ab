/** The import helper of tsx, which copies a module's exports. */
const HELPER = /var __toESM=\(mod,isNodeMode,target\)=>\(.*?,mod\)\);/;
const SYMBOL_KEY = "changeover.importModule";

/**
 * Replaces the import helper, so that an import is the module itself, as under Pulumi. The SDK recognizes a module by
 * identity when it turns a function into a Lambda's code; it would try to serialize a copy. The text keeps its length
 * for the source maps.
 */
export function importModulesThemselves(source: string): string {
  return source.replace(HELPER, (helper) =>
    `var __toESM=globalThis[Symbol.for("${SYMBOL_KEY}")];`.padEnd(helper.length),
  );
}

Object.assign(globalThis, { [Symbol.for(SYMBOL_KEY)]: importModule });

/** In an ES module (`isNodeMode`), the default export of CommonJS is always the whole module, as in Node. */
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
