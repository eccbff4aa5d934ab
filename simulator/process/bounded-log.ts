import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Readable } from "node:stream";

/** A log file with a size limit. Output beyond the limit is discarded. */
export class BoundedLog {
  private readonly file;
  private left: number;

  constructor(
    readonly path: string,
    limitBytes = 1024 * 1024,
  ) {
    mkdirSync(dirname(path), { recursive: true });
    this.file = createWriteStream(path, { flags: "a", mode: 0o600 });
    this.file.on("error", () => {}); // A failed write must not end the simulator.
    this.left = limitBytes;
  }

  write(chunk: Buffer | string): void {
    const bytes = Buffer.from(chunk);
    if (this.left <= 0) return;
    this.file.write(bytes.subarray(0, this.left));
    this.left -= bytes.length;
    if (this.left <= 0) this.file.write("\n[log truncated: size limit reached]\n");
  }

  follow(stream: Readable | null): void {
    stream?.on("data", (chunk: Buffer) => this.write(chunk));
  }

  close(): void {
    this.file.end();
  }
}
