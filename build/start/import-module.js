// @ts-check
const { pathToFileURL } = require("node:url");

/**
 * Imports a program that is an ES module. Node.js itself maps its stack traces.
 *
 * @param {string} file
 * @returns {Promise<object>}
 */
exports.importModule = async (file) => {
  Reflect.deleteProperty(Error, "prepareStackTrace");
  process.setSourceMapsEnabled(true);
  // The check of types does not find entry points that only `exports` of package.json names.
  const { tsImport } = await import(/** @type {string} */ ("tsx/esm/api"));
  return tsImport(pathToFileURL(file).href, __filename);
};
