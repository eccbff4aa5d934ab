import { createHash, randomBytes } from "node:crypto";
import type { ClientRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { UploadJourney } from "../../contract";
import { contentDifference, expectedStatuses, ReceivedAnswer } from "./answer";
import { monotonicMs } from "./clock";
import type { DueRequest } from "./due-request";
import type { HttpResponse } from "./http-client";
import type { LoadSettings } from "./options";
import type { AskedRequest, SessionClient } from "./session-client";
import type { TargetAddress } from "./target-address";
import { render } from "./template";

const CHUNK_INTERVAL_MS = 100;
/** Pause after a failed upload. Then the device starts a new upload, which is counted separately. */
const PAUSE_MS = 1_000;
const BLOCK_BYTES = 64 * 1024;

/** A device that sends slow uploads one after the other, each over a new connection. */
export class UploadDevice {
  private readonly stopping = new AbortController();

  constructor(
    private readonly client: SessionClient,
    private readonly address: TargetAddress,
    private readonly sizes: LoadSettings["uploads"],
    private readonly journey: UploadJourney,
  ) {}

  async run(delayMs: number): Promise<void> {
    await this.pause(delayMs);
    while (!this.stopping.signal.aborted) {
      const isReady = await this.client.logIn();
      if (this.stopping.signal.aborted) return;
      if (!isReady || !(await this.upload())) await this.pause(PAUSE_MS);
    }
  }

  /** Stops after the current upload, whose remaining bytes are sent at once. */
  stop(): void {
    this.stopping.abort();
  }

  private async upload(): Promise<boolean> {
    const { recorder } = this.client;
    recorder.counts.uploads++;
    this.client.beginJourney();
    const content = { bytes: this.sizes.bytes, sha256: "" };
    const isStored = await this.send(recorder.due(monotonicMs(), "slow"), content);
    const { readBack } = this.journey;
    const values = { ...this.client.values, ...content };
    const isWhole =
      isStored &&
      (readBack === undefined ||
        (await this.client.send(recorder.due(monotonicMs()), readBack, values)) !== undefined);
    if (!isWhole) recorder.counts.cut++;
    return isWhole;
  }

  /** Sends the content and completes its hash. @returns true if the answer is as expected */
  private async send(due: DueRequest, content: { readonly bytes: number; sha256: string }): Promise<boolean> {
    const { method = "POST", contentType = "application/octet-stream", remember } = this.journey;
    const { path, headers } = render(
      { path: this.journey.path, headers: this.journey.headers },
      this.client.values,
    );
    due.assign("write", { user: this.client.user, method, path }, false);
    const outgoing = this.address.request(path, {
      agent: false,
      method,
      headers: {
        "content-type": contentType,
        ...this.client.headers(headers),
        "content-length": content.bytes,
      },
    });
    const limitMs = this.sizes.durationSeconds * 1000 + this.client.timeoutMs;
    const timer = setTimeout(() => outgoing.destroy(new Error("timeout")), limitMs);
    const received = responseTo(outgoing);
    const sent = this.stream(outgoing, due.intendedMs);
    try {
      const response = await received;
      content.sha256 = await sent;
      const expect = render(this.journey.expect, { ...this.client.values, ...content });
      return this.accept(due, { method, path, expect, remember }, response);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      due.fail(message === "timeout" ? "timeout" : "connection", code ?? message);
      return false;
    } finally {
      clearTimeout(timer);
      outgoing.destroy();
    }
  }

  private accept(due: DueRequest, asked: AskedRequest, response: HttpResponse): boolean {
    const statuses = expectedStatuses(asked.expect);
    const difference = contentDifference(new ReceivedAnswer(response), asked.expect);
    if (statuses.includes(response.status) && difference !== undefined) {
      due.fail("upload-cut", difference);
      return false;
    }
    return this.client.accept(due, asked, response) !== undefined;
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

function responseTo(outgoing: ClientRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        // If the response arrives before the end of the upload, the rest is not sent.
        if (!outgoing.writableEnded) outgoing.destroy();
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) });
      });
    });
  });
}
