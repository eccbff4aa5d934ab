// @ts-check
const Module = require("node:module");

/** Files of Pulumi's SDK, and the modules that they load although few programs use them. */
const DEFERRED = [
  // Turns functions into Lambda code, with npm's resolver and the TypeScript compiler.
  {
    from: /[\\/]@pulumi[\\/]pulumi[\\/]runtime[\\/]closure[\\/]\w+\.js$/,
    modules: /^(@npmcli\/arborist|normalize-package-data|fdir|\.\.\/\.\.\/typescript-shim)$/,
  },
  // The automation API, and gRPC, which a program needs only if it is connected to the CLI or has transforms.
  {
    from: /[\\/]@pulumi[\\/]pulumi[\\/](\w+[\\/])?\w+\.js$/,
    modules: /^(\.\/automation|@grpc\/grpc-js|\.\.?\/(\w+\/)?\w+_grpc_pb)$/,
  },
];

/** Defers the loading of modules until they are used, because they take most of the load time of Pulumi's SDK. */
exports.deferUnused = () => {
  const loader =
    /** @type {{ _load(request: string, parent: NodeJS.Module | undefined, isMain: boolean): unknown }} */ (
      /** @type {unknown} */ (Module)
    );
  const { _load } = loader;
  loader._load = function (request, parent, isMain) {
    const load = () => _load.call(this, request, parent, isMain);
    const isDeferred = DEFERRED.some(
      ({ from, modules }) => modules.test(request) && from.test(parent?.filename ?? ""),
    );
    return isDeferred ? deferred(load) : load();
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
