// @ts-check
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const { dirname, join } = require("node:path");
const vm = require("node:vm");

/** The limit of a cache file. Above it, code that the last process did not use is dropped. */
const MAX_BYTES = 48 * 1024 * 1024;
const folder = join(__dirname, "../../.changeover/code");
const CACHING = Symbol.for("changeover.codeCache");

/**
 * @typedef {{ script: vm.Script, isNew: boolean }} Compiled
 * @typedef {NodeJS.Module & { _compile(code: string, file: string): unknown }} CompilingModule
 * @typedef {{ prototype: CompilingModule, wrapper: readonly [string, string], _extensions: NodeJS.RequireExtensions,
 *   _cache: NodeJS.Dict<NodeJS.Module>, _resolveLookupPaths(request: string, parent: NodeJS.Module): string[] | null,
 *   _resolveFilename(request: string, parent: NodeJS.Module, isMain: boolean, options?: object): string,
 *   enableCompileCache?(directory: string): unknown }} Loader
 */
const loader = /** @type {Loader} */ (/** @type {unknown} */ (Module));

/**
 * Caches V8's compiled code of the loaded modules on disk, because compiling takes a third of the time of loading them.
 * Entries have the hash of path and source, so they are always current; deleting the cache is always safe.
 *
 * Node.js has this from version 22 on. For older versions it is done here.
 *
 * @param {string} name name of the cache file. Processes that load the same modules share one.
 */
exports.cacheCode = (name) => {
  // The preview runs programs whose own start file sets the cache up, too.
  if (process.env.NODE_DISABLE_COMPILE_CACHE || CACHING in globalThis) return;
  Object.assign(globalThis, { [CACHING]: true });
  if (loader.enableCompileCache !== undefined) {
    loader.enableCompileCache(folder);
    return;
  }
  // V8 rejects code of another version or with other flags, so those have files of their own.
  const flags = JSON.stringify([process.version, process.arch, process.execArgv.filter(isV8Flag)]);
  const file = join(folder, `${name}-${hashOf(flags).slice(0, 16)}`);
  const cached = readEntries(file);
  /** @type {Map<string, Compiled>} */
  const compiled = new Map();
  const [start, end] = loader.wrapper;
  const { _compile } = loader.prototype;

  /**
   * @param {string} code
   * @param {string} path
   */
  loader.prototype._compile = function (code, path) {
    // V8 does not cache the function behind `import()`.
    if (code.startsWith("#!") || /\bimport\s*\(/.test(code)) return _compile.call(this, code, path);
    // Cached code keeps the path with which it was compiled, also in stack traces.
    const hash = hashOf(`${path}\n${code}`);
    const cachedData = cached.get(hash);
    const script = new vm.Script(start + code + end, {
      filename: path,
      columnOffset: -start.length,
      cachedData,
    });
    compiled.set(hash, { script, isNew: cachedData === undefined || script.cachedDataRejected === true });
    const run = script.runInThisContext();
    return run.call(this.exports, this.exports, requireOf(this), this, path, dirname(path));
  };
  process.once("exit", () => {
    if ([...compiled.values()].some(({ isNew }) => isNew)) writeEntries(file, cached, compiled);
  });
};

/** @param {string} argument */
function isV8Flag(argument) {
  return /^--(max|min|stack|no-|jit|harmony)/.test(argument);
}

/** @param {string} text */
function hashOf(text) {
  return createHash("sha1").update(text).digest("hex");
}

/**
 * The `require` of a module, with the members that Node.js gives it.
 *
 * @param {NodeJS.Module} module
 */
function requireOf(module) {
  /** @param {string} request @param {object} [options] */
  const resolve = (request, options) => loader._resolveFilename(request, module, false, options);
  /** @param {string} request */
  const paths = (request) => loader._resolveLookupPaths(request, module);
  return Object.assign((/** @type {string} */ request) => module.require(request), {
    resolve: Object.assign(resolve, { paths }),
    main: require.main,
    extensions: loader._extensions,
    cache: loader._cache,
  });
}

/**
 * Reads a cache file: the length of the index, the index in JSON, and the code of all entries.
 *
 * @param {string} file
 * @returns {Map<string, Buffer>} code by hash; empty if there is no valid file
 */
function readEntries(file) {
  try {
    const content = fs.readFileSync(file);
    const indexEnd = 4 + content.readUInt32LE(0);
    const lengths = /** @type {[string, number][]} */ (
      JSON.parse(content.subarray(4, indexEnd).toString("utf8"))
    );
    let at = indexEnd;
    /** @type {Map<string, Buffer>} */
    const entries = new Map();
    for (const [hash, length] of lengths) {
      entries.set(hash, content.subarray(at, at + length));
      at += length;
    }
    return at === content.length ? entries : new Map();
  } catch {
    return new Map();
  }
}

/**
 * @param {string} file
 * @param {Map<string, Buffer>} cached
 * @param {Map<string, Compiled>} compiled
 */
function writeEntries(file, cached, compiled) {
  /** @type {[string, Buffer][]} */
  const used = [];
  for (const [hash, { script, isNew }] of compiled) {
    // Made after the run, it has the functions that were compiled when they were called, too.
    const code = isNew ? script.createCachedData() : cached.get(hash);
    if (code !== undefined) used.push([hash, code]);
  }
  const unused = [...cached].filter(([hash]) => !compiled.has(hash));
  const entries = sizeOf([...used, ...unused]) <= MAX_BYTES ? [...used, ...unused] : used;
  const index = Buffer.from(JSON.stringify(entries.map(([hash, code]) => [hash, code.length])));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(index.length);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(temporary, Buffer.concat([length, index, ...entries.map(([, code]) => code)]));
    fs.renameSync(temporary, file);
  } catch {
    fs.rmSync(temporary, { force: true }); // The folder is not writable: modules are compiled at each start.
  }
}

/** @param {readonly [string, Buffer][]} entries */
function sizeOf(entries) {
  return entries.reduce((sum, [, { length }]) => sum + length, 0);
}
