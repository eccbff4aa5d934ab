import Module from "node:module";

type LoadModule = (request: string, parent: NodeJS.Module | undefined, isMain: boolean) => unknown;

const SERIALIZER = /[\\/]@pulumi[\\/]pulumi[\\/]runtime[\\/]closure[\\/]\w+\.js$/;
const DEFERRED = new Set(["@npmcli/arborist", "../../typescript-shim"]);

/**
 * Defers the loading of npm's resolver and the TypeScript compiler. The SDK needs them only to turn functions into
 * Lambda code, which few programs do, but they take most of its load time.
 */
export function deferSerializer(): void {
  const loader = Module as unknown as { _load: LoadModule };
  const { _load } = loader;
  loader._load = function (request, parent, isMain) {
    const load = () => _load.call(this, request, parent, isMain);
    return DEFERRED.has(request) && SERIALIZER.test(parent?.filename ?? "") ? deferred(load) : load();
  };
}

function deferred(load: () => unknown): object {
  let loaded: Record<PropertyKey, unknown> | undefined;
  return new Proxy(
    {},
    {
      get(_target, key) {
        // This avoids that TypeScript's import helper reads every property, which would load the module.
        if (key === "__esModule") return true;
        loaded ??= load() as Record<PropertyKey, unknown>;
        return key === "default" ? loaded : loaded[key];
      },
    },
  );
}
