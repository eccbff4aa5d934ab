import { createHash, randomBytes } from "node:crypto";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Account, Call } from "./account";
import { monotonicMs } from "./clock";
import type { LoadSettings } from "./options";
import type { Ticket } from "./ticket";

const chunkMs = 100;
/** After a failure a device does not come back at once; what it asks then is a new request, counted as one. */
const pauseMs = 1_000;
const blockBytes = 64 * 1024;

const storedSchema = z.object({
  id: z.union([z.string(), z.number()]),
  bytes: z.number(),
  sha256: z.string(),
});
type Stored = z.infer<typeof storedSchema>;

/** A device that sends one slow recording after the other, each over a connection of its own. */
export class Uploader {
  private readonly stopping = new AbortController();

  constructor(
    private readonly account: Account,
    private readonly url: string,
    private readonly sizes: LoadSettings["uploads"],
  ) {}

  /** Goes on until `stop`, and then until the recording that is being sent has been judged. */
  async run(delayMs: number): Promise<void> {
    await this.pause(delayMs);
    while (!this.stopping.signal.aborted) {
      if (!this.account.loggedIn) await this.account.logIn(this.account.recorder.due(monotonicMs()));
      if (this.stopping.signal.aborted) return;
      if (!this.account.loggedIn || !(await this.upload())) await this.pause(pauseMs);
    }
  }

  /** The rest of a recording is sent at once, so that it can be judged too. */
  stop(): void {
    this.stopping.abort();
  }

  private async upload(): Promise<boolean> {
    const { recorder } = this.account;
    recorder.counts.uploads++;
    const ticket = recorder.due(monotonicMs(), "slow");
    const stored = await this.send(ticket);
    const whole = stored !== undefined && (await this.isStored(stored));
    if (!whole) recorder.counts.cut++;
    return whole;
  }

  private async send(ticket: Ticket): Promise<Stored | undefined> {
    const call: Call = { effect: "write", method: "POST", path: "/uploads", expect: 201 };
    ticket.assign("write", { user: this.account.user, method: call.method, path: call.path }, false);
    const outgoing = request(new URL(call.path, this.url), {
      agent: false,
      method: call.method,
      headers: {
        "content-type": "application/octet-stream",
        "content-length": this.sizes.bytes,
        cookie: this.account.cookie ?? "",
      },
    });
    const limitMs = this.sizes.durationSeconds * 1000 + this.account.timeoutMs;
    const timer = setTimeout(() => outgoing.destroy(new Error("timeout")), limitMs);
    const answer = answerTo(outgoing);
    const sent = this.stream(outgoing, ticket.intendedMs);
    try {
      const { incoming, body } = await answer;
      const sha256 = await sent;
      if (incoming.statusCode !== call.expect) {
        this.account.accept(ticket, call, { status: incoming.statusCode ?? 0, headers: incoming.headers });
        return undefined;
      }
      const stored = storedSchema.safeParse(parse(body)).data;
      if (stored?.bytes === this.sizes.bytes && stored.sha256 === sha256) {
        this.account.accept(ticket, call, { status: call.expect, headers: incoming.headers });
        return stored;
      }
      ticket.fail("upload-cut", `sent ${this.sizes.bytes} bytes ${sha256}, stored ${body.slice(0, 200)}`);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      ticket.fail(message === "timeout" ? "timeout" : "connection", code ?? message);
    } finally {
      clearTimeout(timer);
      outgoing.destroy();
    }
    return undefined;
  }

  /** Sends by the clock, not by the chunk, so that a late timer does not make the recording longer. */
  private async stream(outgoing: ClientRequest, startedMs: number): Promise<string> {
    const hash = createHash("sha256");
    const block = randomBytes(Math.min(blockBytes, this.sizes.bytes));
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
      if (sent < this.sizes.bytes) await this.pause(chunkMs);
    }
    outgoing.end();
    return hash.digest("hex");
  }

  private async isStored(stored: Stored): Promise<boolean> {
    const path = `/uploads/${encodeURIComponent(stored.id)}`;
    const call: Call = { effect: "read", method: "GET", path, expect: 200 };
    const body = await this.account.callJson(this.account.recorder.due(monotonicMs()), call);
    if (body === undefined) return false;
    const now = storedSchema.safeParse(body).data;
    if (now?.id === stored.id && now.bytes === stored.bytes && now.sha256 === stored.sha256) return true;
    this.account.wrong(`stored as ${JSON.stringify(stored)}, read as ${JSON.stringify(body)}`, call);
    return false;
  }

  private async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

function answerTo(outgoing: ClientRequest): Promise<{ incoming: IncomingMessage; body: string }> {
  return new Promise((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        // An answer before the end of the recording is final: there is no use in sending the rest.
        if (!outgoing.writableEnded) outgoing.destroy();
        resolve({ incoming, body: Buffer.concat(chunks).toString("utf8") });
      });
    });
  });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
