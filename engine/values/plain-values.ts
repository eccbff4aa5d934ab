/**
 * Values that a provider receives and returns: JSON without secrets and resource references.
 *
 * An asset is a {@link PlainAsset}. In a preview, an input that is unknown until apply is {@link UNKNOWN_INPUT}.
 */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own Provider uses `any` here, and one object implements both.
export type PlainProperties = any;

/** An asset or archive. Exactly one of `path`, `text`, `uri` and `assets` is set. */
export interface PlainAsset {
  kind: "asset" | "archive";
  path?: string;
  text?: string;
  uri?: string;
  assets?: Record<string, PlainAsset>;
  /** SHA-256 of the content, hexadecimal. */
  hash: string;
}

/** The value of an input that is unknown until apply, from Pulumi's wire format. */
export const UNKNOWN_INPUT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
