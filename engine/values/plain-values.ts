/**
 * Values as a provider receives and returns them: JSON without secrets and resource references.
 *
 * An asset is a {@link PlainAsset}; in a preview an input that is unknown until apply is {@link UNKNOWN_INPUT}.
 */
// biome-ignore lint/suspicious/noExplicitAny: the SDK's own Provider uses `any` here, and one object implements both.
export type PlainProperties = any;

/** An asset or archive; exactly one of `path`, `text`, `uri` and `assets` is set. */
export interface PlainAsset {
  kind: "asset" | "archive";
  path?: string;
  text?: string;
  uri?: string;
  assets?: Record<string, PlainAsset>;
  /** SHA-256 of the content, hexadecimal. */
  hash: string;
}

/** An input that is unknown until apply, as Pulumi's wire format writes it. */
export const UNKNOWN_INPUT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
