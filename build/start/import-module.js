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
  const { tsImport } = await import("tsx/esm/api");
  return tsImport(pathToFileURL(file).href, __filename);
};
