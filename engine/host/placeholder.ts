import type { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** An answer to a data source that holds this key says: nobody could be asked, all of it is unknown. */
export const PLACEHOLDER = "changeover:placeholder";

type Deserialize = (struct: Struct, keepUnknowns?: boolean) => unknown;

/**
 * Teaches the SDK that a whole answer can be unknown. On the wire only the properties of an answer can be, and which
 * ones a data source has is not known here: a property that is missing would count as known to be undefined.
 */
export function understandPlaceholders(rpc: { deserializeProperties: Deserialize }, unknown: unknown): void {
  const { deserializeProperties } = rpc;
  rpc.deserializeProperties = (struct, keepUnknowns) =>
    struct.getFieldsMap().has(PLACEHOLDER) ? unknown : deserializeProperties(struct, keepUnknowns);
}
