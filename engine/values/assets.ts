import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type AssetSource, AssetValue } from "./values";

/**
 * Hashes the content of an asset, so that a moved file is not a change. For a URI, the hash is that of the URI
 * itself; it is not fetched.
 */
export function hashAsset(kind: "asset" | "archive", source: AssetSource, directory: string): AssetValue {
  const { path, text, uri, assets } = source;
  if (path !== undefined) {
    const absolute = resolve(directory, path);
    return new AssetValue(kind, { path: absolute }, hashPath(absolute));
  }
  if (text !== undefined) return new AssetValue(kind, { text }, sha256(text));
  if (uri !== undefined) return new AssetValue(kind, { uri }, sha256(uri));
  if (assets === undefined) throw new Error(`An ${kind} must have a path, a text, a URI or entries.`);
  return new AssetValue(kind, { assets }, hashEntries(Object.entries(assets).map(([n, a]) => [n, a.hash])));
}

function hashPath(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new Error(`The asset ${path} does not exist.`);
  if (!stats.isDirectory()) return sha256(readFileSync(path));
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter(
    (entry) => !entry.isDirectory(),
  );
  const names = files.map((entry) => join(entry.parentPath, entry.name));
  return hashEntries(names.map((name) => [name.slice(path.length + 1), sha256(readFileSync(name))]));
}

function hashEntries(entries: readonly (readonly [string, string])[]): string {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify(sorted));
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
