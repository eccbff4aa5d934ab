// @ts-check
/** The import helper that esbuild adds to a file. It copies the exports of each imported module. */
const HELPER = /var __toESM=\(mod,isNodeMode,target\)=>\(.*?,mod\)\);/;
const SYMBOL_KEY = "changeover.importModule";
const EXPORT_KEY = "changeover.exportValues";

/** The last statement of each compiled file. */
exports.FOOTER = `globalThis[Symbol.for("${EXPORT_KEY}")](module);`;

/**
 * Replaces esbuild's import helper, so that an import is the module object itself, as with the TypeScript compiler.
 *
 * When Pulumi's SDK turns a function into Lambda code, it recognizes modules by identity and would try to serialize a
 * copy. The replacement has the length of the original, so that source maps stay valid.
 *
 * @param {string} code
 * @returns {string}
 */
exports.importModulesThemselves = (code) =>
  code.replace(HELPER, (helper) =>
    `var __toESM=globalThis[Symbol.for("${SYMBOL_KEY}")];`.padEnd(helper.length),
  );

Object.assign(globalThis, {
  [Symbol.for(SYMBOL_KEY)]: importModule,
  [Symbol.for(EXPORT_KEY)]: exportValues,
});

/**
 * @param {unknown} exported
 * @param {number} [isNodeMode] In an ES module, the default import of a CommonJS module is the whole module.
 * @returns {unknown}
 */
function importModule(exported, isNodeMode) {
  if (!isObject(exported)) return { default: exported };
  if (exported.__esModule && !isNodeMode) return exported;
  if (!("default" in exported) && Object.isExtensible(exported)) {
    Object.defineProperty(exported, "default", { value: exported, configurable: true });
  }
  if (exported.default === exported) return exported;
  return Object.create(exported, { default: { value: exported, enumerable: true } });
}

/**
 * @param {unknown} value
 * @returns {value is { readonly __esModule?: unknown, readonly default?: unknown }}
 */
function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/**
 * Replaces the getters that esbuild defines for exports by their values, as with the TypeScript compiler. Each use of an
 * import would call two functions, which takes a tenth of the time of code with many small functions.
 *
 * @param {{ exports: unknown }} loaded
 */
function exportValues(loaded) {
  const exported = loaded.exports;
  if (!isObject(exported) || !exported.__esModule) return;
  loaded.exports = Object.defineProperty({ ...exported }, "__esModule", { value: true });
}
