// @ts-check
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const { basename, dirname, join } = require("node:path");
const { FOOTER, importModulesThemselves } = require("./import-modules");

/** @typedef {{ file: string, source: Buffer, config: Config }} Source */
/** @typedef {{ text: string, isCacheable: boolean }} Config */

/** The limit of the cache. During development, each change of a source adds an entry. */
const MAX_ENTRIES = 4096;
const folder = join(__dirname, "../../.changeover/modules");

/** @type {import("esbuild").BuildOptions} */
const OPTIONS = {
  platform: "node",
  target: "node20",
  format: "cjs",
  outdir: "out",
  write: false,
  supported: { "dynamic-import": false }, // Node.js cannot import TypeScript files, and `require` can.
  minifyWhitespace: true,
  sourcemap: "inline",
  sourcesContent: false,
  charset: "utf8",
  logLevel: "silent",
  footer: { js: FOOTER },
};
const VERSION = [JSON.stringify(OPTIONS), fs.readFileSync(require.resolve("./import-modules"))];

/**
 * Compiles a TypeScript file to CommonJS, with an inline source map. The cache on disk has the hash of the source in its
 * file names, so it is always current; deleting it is always safe.
 *
 * @param {string} file
 * @returns {string}
 */
exports.compiled = (file) => {
  const source = readSource(file);
  return readCache(source) ?? compile(source);
};

/**
 * Compiles a file, and with it all files that it imports and that the cache lacks, because esbuild takes hardly longer
 * for many files than for one.
 *
 * @param {Source} source
 * @returns {string}
 */
function compile(source) {
  const missing = importsOf(source.file).map(readSource).filter(isMissing);
  const [code = ""] = build([source, ...missing]) ?? build([source], true) ?? [];
  return code;
}

/**
 * @param {readonly Source[]} sources
 * @param {boolean} [throws] Default: the result is undefined if one of the files has an error.
 * @returns {string[] | undefined} one code for each source
 */
function build(sources, throws = false) {
  const { buildSync } = require("esbuild");
  try {
    const entryPoints = sources.map(({ file }, index) => ({ in: file, out: String(index) }));
    const { outputFiles = [] } = buildSync({ ...OPTIONS, entryPoints });
    /** @type {string[]} */
    const codes = [];
    // The outputs have an order of their own.
    for (const { path, text } of outputFiles)
      codes[Number(basename(path, ".js"))] = importModulesThemselves(text);
    for (const [index, source] of sources.entries()) writeCache(source, codes[index] ?? "");
    removeOldest();
    return codes;
  } catch (error) {
    if (throws) throw error;
    return undefined;
  }
}

/** A static import of a relative path. Imports of types alone, and `require`, load nothing at the start of a program. */
const IMPORT = /^(?:import|export)\b(?! type\b)[^;"']*["'](\.[^"'\n]*)["']/gm;

/**
 * Finds the files that a file imports, directly and indirectly, without those of packages. Files that it does not find are
 * compiled when they are loaded.
 *
 * @param {string} file
 * @returns {string[]}
 */
function importsOf(file) {
  /** @type {Set<string>} */
  const found = new Set([file]);
  for (const each of found) {
    for (const [, request = ""] of fs.readFileSync(each, "utf8").matchAll(IMPORT)) {
      const path = join(dirname(each), request);
      const imported = [`${path}.ts`, join(path, "index.ts"), path].find(isSource);
      if (imported !== undefined) found.add(imported);
    }
  }
  found.delete(file);
  return [...found];
}

/** @param {string} file */
function isSource(file) {
  return /\.(ts|cts|tsx)$/.test(file) && fs.existsSync(file);
}

/** @param {string} file @returns {Source} */
function readSource(file) {
  return { file, source: fs.readFileSync(file), config: configFor(dirname(file)) };
}

/** @type {Map<string, Config>} */
const configs = new Map();

/**
 * The tsconfig.json that esbuild uses for the files of a folder.
 *
 * @param {string} directory
 * @returns {Config}
 */
function configFor(directory) {
  const known = configs.get(directory);
  if (known !== undefined) return known;
  const file = join(directory, "tsconfig.json");
  const parent = dirname(directory);
  const config = fs.existsSync(file)
    ? readConfig(file)
    : parent === directory
      ? { text: "", isCacheable: true }
      : configFor(parent);
  configs.set(directory, config);
  return config;
}

/** @param {string} file @returns {Config} */
function readConfig(file) {
  const text = fs.readFileSync(file, "utf8");
  // The files that it extends are not part of the hash.
  return { text, isCacheable: !/"extends"\s*:/.test(text) };
}

/** @param {Source} source */
function cacheFile({ file, source, config }) {
  const { version } = require("esbuild/package.json");
  const hash = createHash("sha256");
  for (const part of [version, ...VERSION, config.text, file.slice(file.lastIndexOf(".")), source]) {
    hash.update(`${part.length} `).update(part);
  }
  return join(folder, `${hash.digest("hex")}.js`);
}

/** @param {Source} source */
function readCache(source) {
  if (!source.config.isCacheable) return undefined;
  try {
    return fs.readFileSync(cacheFile(source), "utf8");
  } catch {
    return undefined;
  }
}

/** @param {Source} source */
function isMissing(source) {
  return source.config.isCacheable && !fs.existsSync(cacheFile(source));
}

/** @param {Source} source @param {string} code */
function writeCache(source, code) {
  // esbuild reads the file itself: the file may have changed since its hash was computed.
  if (!source.config.isCacheable || !source.source.equals(fs.readFileSync(source.file))) return;
  const file = cacheFile(source);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(temporary, code);
    fs.renameSync(temporary, file);
  } catch {
    fs.rmSync(temporary, { force: true }); // The folder is not writable: the file is compiled again at each start.
  }
}

function removeOldest() {
  try {
    const names = fs.readdirSync(folder);
    if (names.length <= MAX_ENTRIES) return;
    const entries = names.map((name) => ({ name, writtenMs: fs.statSync(join(folder, name)).mtimeMs }));
    entries.sort((left, right) => right.writtenMs - left.writtenMs);
    for (const { name } of entries.slice(MAX_ENTRIES / 2)) fs.rmSync(join(folder, name), { force: true });
  } catch {
    // Another process removes them, or the folder does not exist.
  }
}
