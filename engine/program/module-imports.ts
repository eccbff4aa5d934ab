/** What tsx puts before a file's imports: it makes the name stand for a copy of the module's exports. */
const HELPER = /var __toESM=\(mod,isNodeMode,target\)=>\(.*?,mod\)\);/;
const OURS = "changeover.importModule";

/**
 * Lets an import stand for the module itself, as under Pulumi. The SDK, which turns functions into Lambdas' code, knows
 * a module by its identity and lets the Lambda load it; a copy it would try to write out, native functions and all. The
 * text stays as long as it was, so that source maps fit.
 */
export function importModulesThemselves(source: string): string {
  return source.replace(HELPER, (helper) =>
    `var __toESM=globalThis[Symbol.for("${OURS}")];`.padEnd(helper.length),
  );
}

Object.assign(globalThis, { [Symbol.for(OURS)]: importModule });

/** To an ES module in Node's sense (`isNodeMode`), the default export of CommonJS is all of it, whatever it says. */
function importModule(exported: unknown, isNodeMode?: number): unknown {
  if (!isObject(exported)) return { default: exported };
  if (exported.__esModule && !isNodeMode) return exported;
  // For `import name from "commonjs"`.
  if (!("default" in exported) && Object.isExtensible(exported)) {
    Object.defineProperty(exported, "default", { value: exported, configurable: true });
  }
  if (exported.default === exported) return exported;
  return Object.create(exported, { default: { value: exported, enumerable: true } });
}

function isObject(value: unknown): value is { readonly __esModule?: unknown; readonly default?: unknown } {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
