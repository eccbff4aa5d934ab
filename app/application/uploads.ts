import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { HttpError } from "../server";
import type { RunQuery } from "../version-definition";

export const MAX_UPLOAD_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

export interface Upload {
  readonly id: string;
  readonly bytes: number;
  readonly sha256: string;
}

const tooLarge = () =>
  new HttpError(413, `An upload may have ${MAX_UPLOAD_BYTES} bytes at most; nothing is stored.`);

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

/**
 * Stores a streamed body as rows of chunks. Readers see an upload only after it is complete.
 *
 * At most one chunk is in memory, and no database connection is held while the server waits for the device.
 */
export async function storeUpload(
  runQuery: RunQuery,
  user: string,
  request: IncomingMessage,
): Promise<Upload> {
  if (Number(request.headers["content-length"] ?? 0) > MAX_UPLOAD_BYTES) throw tooLarge();
  const id = randomUUID();
  const hash = createHash("sha256");
  let bytes = 0;
  let position = 0;
  await runQuery("createUpload", [id, user]);
  try {
    // The iterator must not destroy the stream when it fails, because the error response needs the connection.
    for await (const chunk of inChunks(request.iterator({ destroyOnReturn: false }))) {
      bytes += chunk.length;
      if (bytes > MAX_UPLOAD_BYTES) throw tooLarge();
      hash.update(chunk);
      await runQuery("storeChunk", [id, position++, chunk]);
    }
    const sha256 = hash.digest("hex");
    await runQuery("completeUpload", [id, bytes, sha256]);
    return { id, bytes, sha256 };
  } catch (error) {
    await runQuery("deleteUpload", [id]).catch(() => {}); // If this fails, the sweeper deletes it later.
    if (request.errored)
      throw new HttpError(400, "The upload ended before it was complete; nothing is stored.");
    throw error;
  }
}
