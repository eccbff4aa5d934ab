import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { PlainAsset } from "../engine/values/plain-values";

export function contentOf(asset: PlainAsset): { path: string } | { bytes: Buffer } {
  if (asset.text !== undefined) return { bytes: Buffer.from(asset.text) };
  if (asset.path !== undefined) return { path: resolve(asset.path) };
  throw new Error("The one-machine cloud takes assets from a text or from a path of this machine only.");
}

/** Writes an archive to a folder. */
export function extractArchive(archive: PlainAsset, folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (archive.assets !== undefined) {
    for (const [name, asset] of Object.entries(archive.assets)) extractEntry(asset, join(folder, name));
    return;
  }
  if (archive.path === undefined || !statSync(resolve(archive.path)).isDirectory()) {
    const got = archive.path ?? archive.uri ?? "neither path nor assets";
    throw new Error(`The one-machine cloud takes archives that are folders or made of assets; got ${got}.`);
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
