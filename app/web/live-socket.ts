import { randomUUID } from "node:crypto";
import type { RawData, WebSocket } from "ws";
import type { WebSettings } from "../environment";
import { measurement } from "../input";
import type { AppTier } from "./app-tier";

/** Reading pauses while this many messages wait to be stored. */
const MAX_WAITING = 16;
/**
 * Times after the device was asked to leave. From the first on, its connection is closed after the next message; from
 * the second on, also when no message is waiting; at the third, in any case.
 */
const LEAVE_LIMIT_MS = 2_000;
const QUIET_LIMIT_MS = 3_500;
const BUSY_LIMIT_MS = 5_000;
const CLOSE_LIMIT_MS = 2_000;
const GOING_AWAY = 1001;

/** The WebSocket of one device. Messages are stored and acknowledged in the order in which they arrive. */
export class LiveSocket {
  private work: Promise<void> = Promise.resolve();
  private waiting = 0;
  private alive = true;
  private asked = false;
  private ending = false;
  /**
   * True once the close is sent. Later messages cannot be acknowledged, so they are not stored; the client sends them
   * again.
   */
  private left = false;
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly socket: WebSocket,
    private readonly headers: { readonly authorization?: string },
    private readonly settings: WebSettings,
    private readonly appTier: AppTier,
    maxAgeMs: number,
  ) {
    this.after(maxAgeMs, () => this.askToLeave());
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
   * Asks the device to leave (`{"leave": true}`). The device then sends nothing more, receives its last
   * acknowledgments, closes the connection and reconnects, so that no message is lost. If the device ignores the
   * request, the server closes the connection with 1001 directly after an acknowledgment, when a message is least
   * likely to be in transit.
   */
  askToLeave(): void {
    if (this.asked) return;
    this.asked = true;
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify({ leave: true }));
    this.after(LEAVE_LIMIT_MS, () => {
      this.ending = true;
    });
    this.after(QUIET_LIMIT_MS, () => this.waiting === 0 && this.leave());
    this.after(BUSY_LIMIT_MS, () => this.leave());
  }

  /**
   * Sends a ping, so that the load balancer's idle timeout does not end a silent connection. Ends the connection if
   * the last ping had no pong.
   */
  beat(): void {
    if (!this.alive) this.socket.terminate();
    this.alive = false;
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
  }

  private async handle(data: RawData): Promise<void> {
    if (this.left) return;
    const answer = await this.store(data);
    // The message was not stored. After the close, the client sends it again, to an instance that is not draining.
    if (this.ending && !("ack" in answer)) return this.leave();
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(answer));
    if (--this.waiting < MAX_WAITING) this.socket.resume();
    if (this.ending && this.waiting === 0) this.leave();
  }

  private async store(data: RawData): Promise<object> {
    const { color, version } = this.settings;
    const message = parse(data);
    if (message === undefined) {
      return { error: 'A message is {"seq": whole number, "value": number, numbers or text}.' };
    }
    const { seq } = message;
    try {
      const answer = await this.appTier.call({
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
    this.socket.resume(); // The client's close frame must be read.
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
