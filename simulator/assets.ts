import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { PlainAsset } from "../engine/values/plain-values";

export function contentOf(asset: PlainAsset): { path: string } | { bytes: Buffer } {
  if (asset.text !== undefined) return { bytes: Buffer.from(asset.text) };
  if (asset.path !== undefined) return { path: resolve(asset.path) };
  throw new Error("Remote assets are not supported by the simulator. Use a text or a local path.");
}

export function extractArchive(archive: PlainAsset, folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (archive.assets !== undefined) {
    for (const [name, asset] of Object.entries(archive.assets)) extractEntry(asset, join(folder, name));
    return;
  }
  if (archive.path === undefined || !statSync(resolve(archive.path)).isDirectory()) {
    const got = archive.path ?? archive.uri ?? "neither path nor assets";
    throw new Error(`An archive must be a folder or a map of assets in the simulator, got ${got}.`);
  }
  cpSync(resolve(archive.path), folder, { recursive: true });
}

function extractEntry(asset: PlainAsset, place: string): void {
  if (asset.kind === "archive") {
    extractArchive(asset, place);
    return;
  }
  mkdirSync(dirname(place), { recursive: true });
  const content = contentOf(asset);
  writeFileSync(place, "path" in content ? readFileSync(content.path) : content.bytes);
}
