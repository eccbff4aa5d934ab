/** One device on a WebSocket: each message is stored before it is acknowledged, in the order in which they came. */

import { randomUUID } from "node:crypto";
import type { RawData, WebSocket } from "ws";
import type { WebSettings } from "../environment";
import { measurement } from "../input";
import type { AppTier } from "./app-tier";

/** A device that sends faster than it can be stored is not read any further while this many wait. */
const MAX_WAITING = 16;
/** How long a device that is asked to leave may take; then it is closed after its next message, or, at last, at once. */
const LEAVE_LIMIT_MS = 2_000;
const QUIET_LIMIT_MS = 3_500;
const BUSY_LIMIT_MS = 5_000;
/** How long a client may take to answer a close. */
const CLOSE_LIMIT_MS = 2_000;
const GOING_AWAY = 1001;

export class LiveSocket {
  /** Settled when everything that has come in is answered. */
  private work: Promise<void> = Promise.resolve();
  private waiting = 0;
  /** It answered the last ping. */
  private alive = true;
  private asked = false;
  /** To be closed after the next acknowledgment. */
  private ending = false;
  /** The close is sent: nothing may be acknowledged any more, so nothing is stored; clients send it again. */
  private left = false;
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly socket: WebSocket,
    private readonly headers: { readonly authorization?: string },
    private readonly settings: WebSettings,
    private readonly appTier: AppTier,
    maxAgeMs: number,
  ) {
    this.after(maxAgeMs, () => this.letGo());
    socket.once("close", () => this.timers.forEach(clearTimeout));
    socket.on("pong", () => {
      this.alive = true;
    });
    socket.on("message", (data) => {
      if (++this.waiting >= MAX_WAITING) socket.pause();
      this.work = this.work.then(() => this.handle(data));
    });
  }

  /**
   * Asks the device to leave (`{"leave": true}`): it sends nothing more, takes its last acknowledgments, closes, and
   * connects again elsewhere, so no message crosses a close. A device that does not know the request is closed with
   * 1001, right after an acknowledgment, when its next message is least likely to be on its way.
   */
  letGo(): void {
    if (this.asked) return;
    this.asked = true;
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify({ leave: true }));
    this.after(LEAVE_LIMIT_MS, () => {
      this.ending = true;
    });
    this.after(QUIET_LIMIT_MS, () => this.waiting === 0 && this.leave());
    this.after(BUSY_LIMIT_MS, () => this.leave());
  }

  /** Keeps a silent connection from the balancer's idle timeout, and ends one whose device is gone. */
  beat(): void {
    if (!this.alive) this.socket.terminate();
    this.alive = false;
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
  }

  private async handle(data: RawData): Promise<void> {
    if (this.left) return;
    const answer = await this.store(data);
    // Of a server that is leaving, the close is the better answer to what it could not store.
    if (this.ending && !("ack" in answer)) return this.leave();
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(answer));
    if (--this.waiting < MAX_WAITING) this.socket.resume();
    if (this.ending && this.waiting === 0) this.leave();
  }

  /** `{ack}` when it is stored, `{error}` when it is not: the client then sends it again. Never throws. */
  private async store(data: RawData): Promise<object> {
    const { color, version } = this.settings;
    const message = parse(data);
    if (message === undefined) {
      return { error: 'A message is {"seq": whole number, "value": number, numbers or text}.' };
    }
    const { seq } = message;
    try {
      const answer = await this.appTier.ask({
        method: "POST",
        path: "/measurements",
        body: JSON.stringify(message),
        headers: { ...this.headers, "content-type": "application/json", "idempotency-key": randomUUID() },
        repeatable: true,
      });
      if (answer.status === 201) return { ack: seq, color, version };
      return { seq, error: `not stored (${answer.status})` };
    } catch (error) {
      return { seq, error: error instanceof Error ? error.message : "not stored" };
    }
  }

  private leave(): void {
    if (this.left) return;
    this.left = true;
    this.socket.close(GOING_AWAY, "going away");
    this.socket.resume(); // The answer to the close has to be read.
    this.after(CLOSE_LIMIT_MS, () => this.socket.terminate());
  }

  private after(milliseconds: number, act: () => void): void {
    this.timers.push(setTimeout(act, milliseconds));
  }
}

function parse(data: RawData) {
  try {
    return measurement.parse(JSON.parse(String(data)));
  } catch {
    return undefined;
  }
}
