import { resolve } from "node:path";
import { hashAsset } from "./assets";
import { type PlainAsset, UNKNOWN_INPUT } from "./plain-values";
import {
  type AssetSource,
  AssetValue,
  isRecord,
  type Properties,
  ResourceReference,
  Secret,
  UNKNOWN,
  Unknown,
  type Value,
} from "./values";

/** Keys and kinds of special objects in Pulumi's wire format, copied from `@pulumi/pulumi/runtime/rpc`. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/**
 * Reads a value from Pulumi's wire format or from a provider. Relative asset paths are resolved against `directory`.
 */
export function fromWire(wire: unknown, directory: string): Value {
  if (wire === UNKNOWN_INPUT) return UNKNOWN;
  if (wire === null || wire === undefined) return null;
  if (typeof wire === "string" || typeof wire === "number" || typeof wire === "boolean") return wire;
  if (wire instanceof Secret || wire instanceof Unknown) return wire;
  if (Array.isArray(wire)) return wire.map((item) => fromWire(item, directory));
  if (!isRecord(wire)) throw new Error(`Expected plain data, got ${describe(wire)}.`);
  const signature = wire[SIGNATURE];
  if (signature === undefined) return isPlainAsset(wire) ? fromPlainAsset(wire) : fromRecord(wire, directory);
  switch (signature) {
    case SECRET:
      return new Secret(fromWire(secretContent(wire), directory));
    case ASSET:
      return fromAsset("asset", wire, directory);
    case ARCHIVE:
      return fromAsset("archive", wire, directory);
    case RESOURCE:
      return fromReference(wire);
    case OUTPUT: {
      const value = wire.value === undefined ? UNKNOWN : fromWire(wire.value, directory);
      return wire.secret === true ? new Secret(value) : value;
    }
    default:
      throw new Error(`Unknown kind of value on Pulumi's wire: ${String(signature)}.`);
  }
}

export function propertiesFromWire(wire: unknown, directory: string): Properties {
  if (wire === undefined || wire === null) return {};
  const value = fromWire(wire, directory);
  if (!isRecord(value)) throw new Error(`Expected an object of properties, got ${describe(wire)}.`);
  return value as Properties;
}

/**
 * Writes a value in the wire format for Pulumi's SDK. With `asOutputs`, secrets and unknown values are written as
 * output values, which transforms expect.
 */
export function toWire(value: Value, asOutputs = false): unknown {
  if (value instanceof Secret) {
    const inner = value.reveal();
    if (!asOutputs) return { [SIGNATURE]: SECRET, value: toWire(inner) };
    if (inner instanceof Unknown) return { [SIGNATURE]: OUTPUT, secret: true };
    return { [SIGNATURE]: OUTPUT, secret: true, value: toWire(inner) };
  }
  if (value instanceof Unknown) return asOutputs ? { [SIGNATURE]: OUTPUT } : UNKNOWN_INPUT;
  if (value instanceof AssetValue) {
    const { path, text, uri, assets } = value.source;
    const wire: Record<string, unknown> = {
      [SIGNATURE]: value.kind === "asset" ? ASSET : ARCHIVE,
      hash: value.hash,
    };
    if (path !== undefined) wire.path = path;
    if (text !== undefined) wire.text = text;
    if (uri !== undefined) wire.uri = uri;
    if (assets !== undefined) wire.assets = mapValues(assets, (asset) => toWire(asset));
    return wire;
  }
  if (value instanceof ResourceReference) {
    const wire: Record<string, unknown> = { [SIGNATURE]: RESOURCE, urn: value.urn };
    if (value.id !== undefined) wire.id = value.id instanceof Unknown ? UNKNOWN_INPUT : value.id;
    return wire;
  }
  if (Array.isArray(value)) return value.map((item) => toWire(item, asOutputs));
  if (isRecord(value)) return mapValues(value as Properties, (item) => toWire(item, asOutputs));
  return value;
}

export function toPlain(value: Value): unknown {
  if (value instanceof Secret) return toPlain(value.reveal());
  if (value instanceof Unknown) return UNKNOWN_INPUT;
  if (value instanceof AssetValue) return toPlainAsset(value);
  if (value instanceof ResourceReference) return toPlain(value.plain);
  if (Array.isArray(value)) return value.map(toPlain);
  if (isRecord(value)) return mapValues(value as Properties, toPlain);
  return value;
}

/** Replaces resource references by ids, because providers use ids. */
export function withIds(value: Value): Value {
  if (value instanceof Secret) return new Secret(withIds(value.reveal()));
  if (value instanceof ResourceReference) return value.plain;
  if (Array.isArray(value)) return value.map(withIds);
  return isRecord(value) ? mapValues(value as Properties, withIds) : value;
}

function toPlainAsset(asset: AssetValue): PlainAsset {
  const { assets, ...source } = asset.source;
  const entries = assets === undefined ? {} : { assets: mapValues(assets, toPlainAsset) };
  return { kind: asset.kind, ...source, ...entries, hash: asset.hash };
}

function isPlainAsset(record: Record<string, unknown>): boolean {
  return (record.kind === "asset" || record.kind === "archive") && /^[0-9a-f]{64}$/.test(String(record.hash));
}

function fromPlainAsset(record: Record<string, unknown>): AssetValue {
  const { kind, hash, assets, ...source } = record as unknown as PlainAsset;
  const entries =
    assets === undefined
      ? {}
      : { assets: mapValues(assets, (entry) => fromPlainAsset(entry as unknown as Record<string, unknown>)) };
  return new AssetValue(kind, { ...source, ...entries }, hash);
}

function fromRecord(record: Record<string, unknown>, directory: string): Properties {
  const known = Object.entries(record).filter(([, item]) => item !== undefined && typeof item !== "function");
  return Object.fromEntries(known.map(([key, item]) => [key, fromWire(item, directory)]));
}

/**
 * The content of a secret. In an exported state it is JSON in `plaintext`; in the CLI's events it is a mask in
 * `ciphertext`.
 */
function secretContent(wire: Record<string, unknown>): unknown {
  if (typeof wire.plaintext === "string") return JSON.parse(wire.plaintext);
  return wire.value ?? wire.ciphertext;
}

function fromReference(wire: Record<string, unknown>): ResourceReference {
  const urn = String(wire.urn);
  if (wire.id === undefined) return new ResourceReference(urn);
  const unknown = wire.id === "" || wire.id === UNKNOWN_INPUT;
  return new ResourceReference(urn, unknown ? UNKNOWN : String(wire.id));
}

/** Reads an asset. Its recorded hash is kept, because the file may have changed since then. */
function fromAsset(kind: "asset" | "archive", wire: Record<string, unknown>, directory: string): AssetValue {
  const source = assetSource(wire, directory);
  if (typeof wire.hash !== "string" || wire.hash === "") return hashAsset(kind, source, directory);
  const path = source.path === undefined ? {} : { path: resolve(directory, source.path) };
  return new AssetValue(kind, { ...source, ...path }, wire.hash);
}

function assetSource(wire: Record<string, unknown>, directory: string): AssetSource {
  const text = (key: string) => (typeof wire[key] === "string" ? { [key]: wire[key] } : {});
  const assets = isRecord(wire.assets)
    ? { assets: mapValues(wire.assets, (entry) => fromWire(entry, directory) as AssetValue) }
    : {};
  return { ...text("path"), ...text("text"), ...text("uri"), ...assets };
}

export function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  map: (value: T) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function describe(value: unknown): string {
  return typeof value === "object" ? (value?.constructor?.name ?? "an object") : typeof value;
}
