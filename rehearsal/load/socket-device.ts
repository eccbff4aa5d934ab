import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import type { SocketJourney } from "../../contract";
import { monotonicMs } from "./clock";
import type { DueRequest } from "./due-request";
import type { SessionClient } from "./session-client";
import type { TargetAddress } from "./target-address";

const PAUSE_MS = 1_000;
const CLOSE_LIMIT_MS = 2_000;
const GOING_AWAY = 1001;

interface SentMessage {
  readonly seq: number;
  readonly due: DueRequest;
  readonly timer: NodeJS.Timeout;
}

/**
 * A device with a WebSocket. It reconnects when the server sends a `leave` message or closes with 1001 (going away).
 */
export class SocketDevice {
  private readonly stopping = new AbortController();
  private unacknowledged: SentMessage[] = [];
  private seq = 0;
  private opened = 0;
  /** True if the device closed the socket itself, because a message was not acknowledged in time. */
  private gaveUp = false;
  /** True if the device will close the socket as soon as all messages are acknowledged. */
  private closing = false;

  constructor(
    private readonly client: SessionClient,
    private readonly address: TargetAddress,
    private readonly journey: SocketJourney,
  ) {}

  async run(delayMs: number): Promise<void> {
    await this.pause(delayMs);
    while (!this.stopping.signal.aborted) {
      const isReady = await this.client.logIn();
      if (this.stopping.signal.aborted) return;
      const socket = isReady ? await this.connect() : undefined;
      if (socket === undefined || !(await this.talk(socket))) await this.pause(PAUSE_MS);
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  private async connect(): Promise<WebSocket | undefined> {
    const { recorder, timeoutMs } = this.client;
    recorder.webSockets.connections++;
    if (this.opened > 0) recorder.webSockets.reconnects++;
    const due = recorder.due(monotonicMs()).assign("write", this.context("GET"), false);
    const [address, options] = this.address.webSocket(this.journey.path);
    const socket = new WebSocket(address, {
      ...options,
      handshakeTimeout: timeoutMs,
      headers: { ...options.headers, ...this.client.headers() },
    });
    return new Promise((resolve) => {
      socket.on("unexpected-response", (outgoing, incoming) => {
        outgoing.destroy();
        const expected = { method: "GET", path: this.journey.path, expect: 101 };
        const response = {
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.alloc(0),
        };
        this.client.acceptStatus(due, expected, response);
        resolve(undefined);
      });
      const failed = (error: Error) => {
        const late = error.message.includes("timed out");
        due.fail(late ? "timeout" : "connection", (error as NodeJS.ErrnoException).code ?? error.message);
        resolve(undefined);
      };
      socket.once("error", failed);
      socket.once("open", () => {
        socket.off("error", failed);
        this.opened++;
        due.succeed();
        resolve(socket);
      });
    });
  }

  /**
   * Sends messages until the socket closes. Resolves to true for a normal close: with 1001, or because the load
   * stops.
   */
  private talk(socket: WebSocket): Promise<boolean> {
    return new Promise((resolve) => {
      this.closing = false;
      const startedMs = monotonicMs();
      let sentHere = 0;
      let timer: NodeJS.Timeout | undefined;
      const tick = () => {
        if (socket.readyState !== WebSocket.OPEN) return;
        const dueMs = startedMs + sentHere * this.journey.intervalMs;
        sentHere++;
        this.send(socket, dueMs);
        timer = setTimeout(tick, dueMs + this.journey.intervalMs - monotonicMs());
      };
      const finish = () => {
        clearTimeout(timer);
        this.closing = true;
        this.closeWhenDone(socket);
      };
      this.stopping.signal.addEventListener("abort", finish, { once: true });
      socket.on("message", (data) => {
        this.receive(String(data));
        if (this.closing) finish();
      });
      socket.on("error", () => undefined);
      socket.once("close", (code) => {
        clearTimeout(timer);
        this.stopping.signal.removeEventListener("abort", finish);
        resolve(this.closed(code));
      });
      if (this.stopping.signal.aborted) finish();
      else tick();
    });
  }

  private send(socket: WebSocket, dueMs: number): void {
    const seq = ++this.seq;
    const { recorder, timeoutMs } = this.client;
    recorder.webSockets.messages++;
    const due = recorder.due(dueMs).assign("write", this.context("SEND"), false);
    const timer = setTimeout(() => {
      this.unacknowledged = this.unacknowledged.filter((sent) => sent.seq !== seq);
      due.fail("timeout", `message ${seq} was not acknowledged within the time limit`);
      this.gaveUp = true;
      socket.terminate();
    }, timeoutMs);
    this.unacknowledged.push({ seq, due, timer });
    socket.send(this.journey.message(seq));
  }

  private receive(text: string): void {
    const reply = this.journey.read(text);
    if (reply?.kind === "leave") {
      this.closing = true;
      return;
    }
    const next = this.unacknowledged[0];
    if (reply === undefined || next === undefined || reply.seq !== next.seq) {
      const expected = next === undefined ? "none" : `of message ${next.seq}`;
      this.client.wrong(`expected an answer ${expected}, got ${text.slice(0, 200)}`, this.context("GET"));
      return;
    }
    this.unacknowledged.shift();
    clearTimeout(next.timer);
    if (reply.kind === "failed") {
      next.due.fail("server-error", reply.detail);
    } else {
      this.client.recorder.webSockets.acknowledged++;
      next.due.succeed({ color: reply.color, version: reply.version });
    }
  }

  /** Records unacknowledged messages as failed, and a close code other than 1001 as a separate failure. */
  private closed(code: number): boolean {
    const left = this.unacknowledged;
    this.unacknowledged = [];
    for (const { seq, due, timer } of left) {
      clearTimeout(timer);
      due.fail("unacknowledged", `the socket closed with ${code} before message ${seq} was acknowledged`);
    }
    const gaveUp = this.gaveUp;
    this.gaveUp = false;
    if (gaveUp) return false;
    if (code === GOING_AWAY || this.closing) return true;
    const due = this.client.recorder.due(monotonicMs()).assign("write", this.context("GET"), false);
    due.fail("socket-closed", `closed with ${code}`);
    return false;
  }

  private closeWhenDone(socket: WebSocket): void {
    if (this.unacknowledged.length > 0 || socket.readyState !== WebSocket.OPEN) return;
    socket.close(1000);
    const timer = setTimeout(() => socket.terminate(), CLOSE_LIMIT_MS);
    socket.once("close", () => clearTimeout(timer));
  }

  private context(method: "GET" | "SEND") {
    return { user: this.client.user, method, path: this.journey.path };
  }

  private async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
