import type { Struct } from "google-protobuf/google/protobuf/struct_pb";

/**
 * Property that marks a data source's result in which every output that is not given is a placeholder. Its value
 * names the call, such as `getVpc(default=true)`.
 */
export const PLACEHOLDER = "changeover:placeholder";

type Deserialize = (struct: Struct, keepUnknowns?: boolean) => Record<string, unknown>;

/**
 * Extends the SDK to read results in which every output that is not given is a placeholder. Pulumi's wire format
 * would need the name of each unknown output; the SDK reads a missing one as `undefined`.
 */
export function supportPlaceholders(rpc: { deserializeProperties: Deserialize }, unknown: unknown): void {
  const { parse } = JSON;
  // Parsing a placeholder as JSON returns the placeholder.
  JSON.parse = (text, reviver) => (placeholders.has(text as unknown as object) ? text : parse(text, reviver));
  const { deserializeProperties } = rpc;
  rpc.deserializeProperties = (struct, keepUnknowns) => {
    const result = deserializeProperties(struct, keepUnknowns);
    const dataSource = result[PLACEHOLDER];
    if (typeof dataSource !== "string") return result;
    // An output made from the whole result becomes unknown, because it contains this unknown property. Single
    // properties can still be read.
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
 * Makes a placeholder for a value that only a cloud knows, for a program that reads it outside of an output. The SDK
 * treats it as an unknown value. In a string it becomes `<getVpc(default=true).cidrBlock>`.
 *
 * List and string methods, iteration and arithmetic throw, because their results would be wrong. Comparison, `+` and
 * iteration over keys do not throw, because the SDK itself uses them.
 */
function placeholder(dataSource: string, path: string): object {
  const text = () => `<${dataSource}${path}>`;
  const reject = () => {
    throw new Error(
      `The program needs the value of ${text()}, which is unknown without a cloud. ` +
        `Use the output form instead, ${dataSource.replace(/\(.*/, "")}Output(…).apply(…), which may stay unknown.`,
    );
  };
  const special: Readonly<Record<string | symbol, unknown>> = {
    // The SDK recognizes an unknown value by this property.
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
