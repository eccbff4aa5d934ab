// @ts-check
/**
 * Lets Node.js load TypeScript: `node --require ./build/typescript/register.js file.ts`.
 *
 * Types are not checked; `npm run check` does that. Stack traces have the positions of the sources.
 */
const Module = require("node:module");
const { compiled } = require("./compile");
const { mapPositions } = require("./stack-traces");

const REGISTERED = Symbol.for("changeover.typescript");

/** @typedef {NodeJS.Module & { _compile(code: string, file: string): void }} CompilingModule */
/** @typedef {Record<string, (module: CompilingModule, file: string) => void>} Extensions */

// The preview runs programs that register their own checkout's loader.
if (!(REGISTERED in globalThis)) {
  Object.assign(globalThis, { [REGISTERED]: true });
  const extensions = /** @type {Extensions} */ (/** @type {any} */ (Module)._extensions);
  const positions = mapPositions();
  for (const extension of [".ts", ".cts", ".tsx"]) {
    extensions[extension] = (module, file) => {
      const code = compiled(file);
      positions.set(file, code);
      module._compile(code, file);
    };
  }
  // `./name` is name.ts even if there is a name.json, as for the TypeScript compiler.
  for (const extension of [".json", ".node"]) {
    const load = extensions[extension];
    delete extensions[extension];
    if (load !== undefined) extensions[extension] = load;
  }
}
