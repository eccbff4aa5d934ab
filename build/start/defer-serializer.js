// @ts-check
const Module = require("node:module");

const SERIALIZER = /[\\/]@pulumi[\\/]pulumi[\\/]runtime[\\/]closure[\\/]\w+\.js$/;
const DEFERRED = new Set(["@npmcli/arborist", "../../typescript-shim"]);

/**
 * Defers the loading of npm's resolver and the TypeScript compiler until they are used. Pulumi's SDK needs them only to
 * turn functions into Lambda code, which few programs do, but they take most of its load time.
 */
exports.deferSerializer = () => {
  const loader =
    /** @type {{ _load(request: string, parent: NodeJS.Module | undefined, isMain: boolean): unknown }} */ (
      /** @type {unknown} */ (Module)
    );
  const { _load } = loader;
  loader._load = function (request, parent, isMain) {
    const load = () => _load.call(this, request, parent, isMain);
    return DEFERRED.has(request) && SERIALIZER.test(parent?.filename ?? "") ? deferred(load) : load();
  };
};

/** @param {() => unknown} load @returns {object} */
function deferred(load) {
  /** @type {Record<PropertyKey, unknown> | undefined} */
  let loaded;
  return new Proxy(
    {},
    {
      get(_target, key) {
        // This avoids that TypeScript's import helper reads every property, which would load the module.
        if (key === "__esModule") return true;
        loaded ??= /** @type {Record<PropertyKey, unknown>} */ (load());
        return key === "default" ? loaded : loaded[key];
      },
    },
  );
}
