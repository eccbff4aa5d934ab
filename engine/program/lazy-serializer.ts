import Module from "node:module";

type LoadModule = (request: string, parent: NodeJS.Module | undefined, isMain: boolean) => unknown;

/**
 * The SDK loads npm's resolver and the TypeScript compiler to turn functions into code for Lambdas. Most programs have
 * no such function, and the two take most of the time in which the SDK loads: they come when they are first used.
 */
const SERIALIZER = /[\\/]@pulumi[\\/]pulumi[\\/]runtime[\\/]closure[\\/]\w+\.js$/;
const DEFERRED = new Set(["@npmcli/arborist", "../../typescript-shim"]);

export function deferSerializer(): void {
  const loader = Module as unknown as { _load: LoadModule };
  const { _load } = loader;
  loader._load = function (request, parent, isMain) {
    const load = () => _load.call(this, request, parent, isMain);
    return DEFERRED.has(request) && SERIALIZER.test(parent?.filename ?? "") ? deferred(load) : load();
  };
}

/** Both are namespaces, of which properties are read. */
function deferred(load: () => unknown): object {
  let loaded: Record<PropertyKey, unknown> | undefined;
  return new Proxy(
    {},
    {
      get(_target, key) {
        // Asked by TypeScript's helper for imports, which otherwise reads every property.
        if (key === "__esModule") return true;
        loaded ??= load() as Record<PropertyKey, unknown>;
        return key === "default" ? loaded : loaded[key];
      },
    },
  );
}
