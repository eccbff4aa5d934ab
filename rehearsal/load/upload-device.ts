import { createHash, randomBytes } from "node:crypto";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { UploadJourney } from "../../contract";
import { monotonicMs } from "./clock";
import type { DueRequest } from "./due-request";
import type { LoadSettings } from "./options";
import type { SessionClient } from "./session-client";

const CHUNK_INTERVAL_MS = 100;
/** Pause after a failed upload. Then the device starts a new upload, which is counted separately. */
const PAUSE_MS = 1_000;
const BLOCK_BYTES = 64 * 1024;

/** A device that sends slow uploads one after the other, each over a new connection. */
export class UploadDevice {
  private readonly stopping = new AbortController();

  constructor(
    private readonly client: SessionClient,
    private readonly url: string,
    private readonly sizes: LoadSettings["uploads"],
    private readonly journey: UploadJourney,
  ) {}

  async run(delayMs: number): Promise<void> {
    await this.pause(delayMs);
    while (!this.stopping.signal.aborted) {
      if (!this.client.loggedIn) await this.client.logIn(this.client.recorder.due(monotonicMs()));
      if (this.stopping.signal.aborted) return;
      if (!this.client.loggedIn || !(await this.upload())) await this.pause(PAUSE_MS);
    }
  }

  /** Stops after the current upload, whose remaining bytes are sent at once. */
  stop(): void {
    this.stopping.abort();
  }

  private async upload(): Promise<boolean> {
    const { recorder } = this.client;
    recorder.counts.uploads++;
    const answer = await this.send(recorder.due(monotonicMs(), "slow"));
    const isWhole =
      answer !== undefined &&
      (await this.client.send(recorder.due(monotonicMs()), this.journey.readBack(answer.body)));
    if (!isWhole) recorder.counts.cut++;
    return isWhole;
  }

  /** @returns the answer's body if it confirms that the sent content is stored */
  private async send(due: DueRequest): Promise<{ readonly body: unknown } | undefined> {
    const { method, path, contentType, expect } = this.journey;
    due.assign("write", { user: this.client.user, method, path }, false);
    const outgoing = request(new URL(path, this.url), {
      agent: false,
      method,
      headers: {
        "content-type": contentType,
        "content-length": this.sizes.bytes,
        cookie: this.client.cookieHeader ?? "",
      },
    });
    const limitMs = this.sizes.durationSeconds * 1000 + this.client.timeoutMs;
    const timer = setTimeout(() => outgoing.destroy(new Error("timeout")), limitMs);
    const response = responseTo(outgoing);
    const sent = this.stream(outgoing, due.intendedMs);
    try {
      const { incoming, text } = await response;
      const sha256 = await sent;
      const answered = { status: incoming.statusCode ?? 0, headers: incoming.headers };
      if (answered.status !== expect) {
        this.client.accept(due, this.journey, answered);
        return undefined;
      }
      const body = parseJson(text);
      const stored = this.journey.stored(body);
      if (stored?.bytes === this.sizes.bytes && stored.sha256 === sha256) {
        this.client.accept(due, this.journey, answered);
        return { body };
      }
      due.fail("upload-cut", `sent ${this.sizes.bytes} bytes ${sha256}, stored ${text.slice(0, 200)}`);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      due.fail(message === "timeout" ? "timeout" : "connection", code ?? message);
    } finally {
      clearTimeout(timer);
      outgoing.destroy();
    }
    return undefined;
  }

  /**
   * Computes the number of bytes to send from the elapsed time, so that late timers do not make the upload longer.
   */
  private async stream(outgoing: ClientRequest, startedMs: number): Promise<string> {
    const hash = createHash("sha256");
    const block = randomBytes(Math.min(BLOCK_BYTES, this.sizes.bytes));
    const durationMs = this.sizes.durationSeconds * 1000;
    for (let sent = 0; sent < this.sizes.bytes && !outgoing.destroyed && outgoing.errored === null; ) {
      const share = this.stopping.signal.aborted ? 1 : (monotonicMs() - startedMs) / durationMs;
      const due = Math.min(this.sizes.bytes, Math.floor(share * this.sizes.bytes));
      while (sent < due) {
        const chunk = block.subarray(0, Math.min(block.length, due - sent));
        hash.update(chunk);
        outgoing.write(chunk);
        sent += chunk.length;
      }
      if (sent < this.sizes.bytes) await this.pause(CHUNK_INTERVAL_MS);
    }
    outgoing.end();
    return hash.digest("hex");
  }

  private async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

function responseTo(outgoing: ClientRequest): Promise<{ incoming: IncomingMessage; text: string }> {
  return new Promise((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        // If the response arrives before the end of the upload, the rest is not sent.
        if (!outgoing.writableEnded) outgoing.destroy();
        resolve({ incoming, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
