import type { Struct } from "google-protobuf/google/protobuf/struct_pb";

/**
 * Key of a data source's result whose other outputs are placeholders. The value is the data source's key, such as
 * `getVpc(default=true)`.
 */
export const PLACEHOLDER = "changeover:placeholder";

type Deserialize = (struct: Struct, keepUnknowns?: boolean) => Record<string, unknown>;

/**
 * Lets the SDK handle results in which every output that is not given is unknown. On the wire each unknown output must
 * be named; a missing one is `undefined`.
 */
export function supportPlaceholders(rpc: { deserializeProperties: Deserialize }, unknown: unknown): void {
  const { parse } = JSON;
  // A placeholder for a JSON text parses to a placeholder.
  JSON.parse = (text, reviver) => (placeholders.has(text as unknown as object) ? text : parse(text, reviver));
  const { deserializeProperties } = rpc;
  rpc.deserializeProperties = (struct, keepUnknowns) => {
    const result = deserializeProperties(struct, keepUnknowns);
    const dataSource = result[PLACEHOLDER];
    if (typeof dataSource !== "string") return result;
    // An output of the whole result becomes unknown; properties can still be read by name.
    result[PLACEHOLDER] = unknown;
    return new Proxy(result, {
      get: (given, key) =>
        isOutput(given, key) ? placeholder(dataSource, `.${key}`) : Reflect.get(given, key),
    });
  };
}

function isOutput(given: object, key: string | symbol): key is string {
  return (
    typeof key === "string" && !(key in given) && key !== "then" && key !== "toJSON" && !key.startsWith("__")
  );
}

const placeholders = new WeakSet<object>();

/**
 * A value that only a cloud knows, for a program that reads it outside of an output. It is an unknown value to the SDK,
 * and `<getVpc(default=true).cidrBlock>` within a text.
 *
 * List and string methods, iteration and arithmetic throw, as they would give wrong results. Comparison, `+` and
 * iteration over keys cannot be told from the SDK's own use.
 */
function placeholder(dataSource: string, path: string): object {
  const text = () => `<${dataSource}${path}>`;
  const reject = () => {
    throw new Error(
      `The program needs the value of ${text()}, which is unknown without a cloud. ` +
        `Read it from an output, ${dataSource.replace(/\(.*/, "")}Output(…).apply(…), which may stay unknown.`,
    );
  };
  const special: Readonly<Record<string | symbol, unknown>> = {
    // The SDK's mark of an unknown value.
    __pulumiUnknown: true,
    toString: text,
    toJSON: text,
    valueOf: reject,
    [Symbol.toPrimitive]: (hint: string) => (hint === "number" ? reject() : text()),
    [Symbol.iterator]: reject,
  };
  const made = new Proxy(
    {},
    {
      get(_target, key) {
        if (key in special) return special[key];
        if (typeof key === "symbol" || key === "then" || key.startsWith("__")) return undefined;
        if (key in Array.prototype || key in String.prototype) return key === "length" ? reject() : reject;
        return placeholder(dataSource, /^\d+$/.test(key) ? `${path}[${key}]` : `${path}.${key}`);
      },
    },
  );
  placeholders.add(made);
  return made;
}
