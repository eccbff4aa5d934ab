/** A streamed body -> rows of chunks, hashed on the way; at no time more than one chunk is in memory. */

import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Ask } from "../release";
import { HttpError } from "../server";

export const MAX_UPLOAD_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

export interface Upload {
  readonly id: string;
  readonly bytes: number;
  readonly sha256: string;
}

const tooLarge = () =>
  new HttpError(413, `An upload may have ${MAX_UPLOAD_BYTES} bytes at most; nothing of it was kept.`);

/** Pieces of any size -> pieces of one size and a rest. */
async function* inChunks(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body) {
    pieces.push(piece);
    size += piece.length;
    if (size < CHUNK_BYTES) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(pieces);
}

/** No connection of the pool is held while the device is silent. An upload exists for readers once it is complete. */
export async function storeUpload(ask: Ask, user: string, request: IncomingMessage): Promise<Upload> {
  if (Number(request.headers["content-length"] ?? 0) > MAX_UPLOAD_BYTES) throw tooLarge();
  const id = randomUUID();
  const hash = createHash("sha256");
  let bytes = 0;
  let position = 0;
  await ask("createUpload", [id, user]);
  try {
    // The iterator leaves the stream open, so that a refusal can still be answered.
    for await (const chunk of inChunks(request.iterator({ destroyOnReturn: false }))) {
      bytes += chunk.length;
      if (bytes > MAX_UPLOAD_BYTES) throw tooLarge();
      hash.update(chunk);
      await ask("storeChunk", [id, position++, chunk]);
    }
    const sha256 = hash.digest("hex");
    await ask("completeUpload", [id, bytes, sha256]);
    return { id, bytes, sha256 };
  } catch (error) {
    await ask("deleteUpload", [id]).catch(() => {}); // Else the sweeper takes it.
    if (request.errored)
      throw new HttpError(400, "The upload ended before it was complete; nothing of it was kept.");
    throw error;
  }
}
