import type { Struct } from "google-protobuf/google/protobuf/struct_pb";

/**
 * An answer to a data source that holds this key is not whole: nobody could be asked. Its value says what was asked, as
 * `getVpc(default=true)`; what else the answer holds is known.
 */
export const PLACEHOLDER = "changeover:placeholder";

type Deserialize = (struct: Struct, keepUnknowns?: boolean) => Record<string, unknown>;

/**
 * Teaches the SDK that an answer can have outputs that are unknown, whatever they are called. On the wire each of them
 * would have to be named, and one that is missing counts as known to be undefined.
 */
export function understandPlaceholders(rpc: { deserializeProperties: Deserialize }, unknown: unknown): void {
  const { parse } = JSON;
  // What is in a text that nobody knows, nobody knows either.
  JSON.parse = (text, reviver) => (standIns.has(text as unknown as object) ? text : parse(text, reviver));
  const { deserializeProperties } = rpc;
  rpc.deserializeProperties = (struct, keepUnknowns) => {
    const answer = deserializeProperties(struct, keepUnknowns);
    const question = answer[PLACEHOLDER];
    if (typeof question !== "string") return answer;
    // Within an output, this one makes all of the answer unknown, but for what is read of it by name.
    answer[PLACEHOLDER] = unknown;
    return new Proxy(answer, {
      get: (known, key) => (isOutput(known, key) ? standIn(question, `.${key}`) : Reflect.get(known, key)),
    });
  };
}

function isOutput(known: object, key: string | symbol): key is string {
  return (
    typeof key === "string" && !(key in known) && key !== "then" && key !== "toJSON" && !key.startsWith("__")
  );
}

const standIns = new WeakSet<object>();

/**
 * Stands for a value that only a cloud could tell, in a program that takes it out of a promise. It goes through as an
 * unknown value, and as `<getVpc(default=true).cidrBlock>` where it becomes part of a text. A list's methods, a loop over
 * its items and a calculation with a number would go wrong without a word, so they are told; a comparison, `+` and a loop
 * over keys cannot be told from the SDK's own.
 */
function standIn(question: string, path: string): object {
  const text = () => `<${question}${path}>`;
  const refuse = () => {
    throw new Error(
      `The program cannot go on without ${text()}, and without a cloud there is nobody to ask. ` +
        `As an output, ${question.replace(/\(.*/, "")}Output(…).apply(…), it may stay unknown.`,
    );
  };
  const special: Readonly<Record<string | symbol, unknown>> = {
    // The SDK's mark of an unknown value.
    __pulumiUnknown: true,
    toString: text,
    toJSON: text,
    valueOf: refuse,
    [Symbol.toPrimitive]: (hint: string) => (hint === "number" ? refuse() : text()),
    [Symbol.iterator]: refuse,
  };
  const made = new Proxy(
    {},
    {
      get(_target, key) {
        if (key in special) return special[key];
        if (typeof key === "symbol" || key === "then" || key.startsWith("__")) return undefined;
        if (key in Array.prototype || key in String.prototype) return key === "length" ? refuse() : refuse;
        return standIn(question, /^\d+$/.test(key) ? `${path}[${key}]` : `${path}.${key}`);
      },
    },
  );
  standIns.add(made);
  return made;
}
