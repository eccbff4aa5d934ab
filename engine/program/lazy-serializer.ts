import Module from "node:module";

type LoadModule = (request: string, parent: NodeJS.Module | undefined, isMain: boolean) => unknown;

const SERIALIZER = /[\\/]@pulumi[\\/]pulumi[\\/]runtime[\\/]closure[\\/]\w+\.js$/;
const DEFERRED = new Set(["@npmcli/arborist", "../../typescript-shim"]);

/**
 * Defers the modules with which the SDK turns functions into a Lambda's code until they are used: npm's resolver and
 * the TypeScript compiler. They take most of the SDK's load time, and few programs use them.
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
        // TypeScript's import helper would otherwise read every property.
        if (key === "__esModule") return true;
        loaded ??= load() as Record<PropertyKey, unknown>;
        return key === "default" ? loaded : loaded[key];
      },
    },
  );
}
