import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import { z } from "zod";
import type { Account } from "./account";
import { monotonicMs } from "./clock";
import type { Ticket } from "./ticket";

const messageIntervalMs = 500;
const pauseMs = 1_000;
/** A server that does not answer our close is not waited for any longer. */
const closeLimitMs = 2_000;
const goingAway = 1001;
const route = { method: "GET", path: "/live" } as const;

const replySchema = z.union([
  /** The server asks us to connect again: we take what is outstanding first, so that nothing crosses the close. */
  z.object({ leave: z.literal(true) }),
  z.object({ ack: z.int(), color: z.string().optional(), version: z.string().optional() }),
  z.object({ seq: z.int(), error: z.string() }),
]);

interface Sent {
  readonly seq: number;
  readonly ticket: Ticket;
  readonly timer: NodeJS.Timeout;
}

/**
 * A device on a WebSocket: numbered messages, each to be acknowledged in turn, and a new socket when the server asks for
 * it or closes with 1001.
 */
export class LiveSocket {
  private readonly stopping = new AbortController();
  private unacknowledged: Sent[] = [];
  private seq = 0;
  private opened = 0;
  /** We cut the socket ourselves, because a message was not acknowledged in time. */
  private gaveUp = false;
  /** We close the socket, or will once everything is acknowledged. */
  private closing = false;

  constructor(
    private readonly account: Account,
    private readonly url: string,
  ) {}

  /** Goes on until `stop`, and then until each message is acknowledged or has timed out. */
  async run(delayMs: number): Promise<void> {
    await this.pause(delayMs);
    while (!this.stopping.signal.aborted) {
      if (!this.account.loggedIn) await this.account.logIn(this.account.recorder.due(monotonicMs()));
      if (this.stopping.signal.aborted) return;
      const socket = this.account.loggedIn ? await this.connect() : undefined;
      if (socket === undefined || !(await this.talk(socket))) await this.pause(pauseMs);
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  private async connect(): Promise<WebSocket | undefined> {
    const { recorder, user, cookie, timeoutMs } = this.account;
    recorder.webSockets.connections++;
    if (this.opened > 0) recorder.webSockets.reconnects++;
    const ticket = recorder.due(monotonicMs()).assign("write", { user, ...route }, false);
    const address = new URL(route.path, this.url);
    address.protocol = "ws:";
    const socket = new WebSocket(address, { handshakeTimeout: timeoutMs, headers: { cookie: cookie ?? "" } });
    return new Promise((resolve) => {
      socket.on("unexpected-response", (outgoing, incoming) => {
        outgoing.destroy();
        const call = { ...route, effect: "write", expect: 101 } as const;
        this.account.accept(ticket, call, { status: incoming.statusCode ?? 0, headers: incoming.headers });
        resolve(undefined);
      });
      const refused = (error: Error) => {
        const late = error.message.includes("timed out");
        ticket.fail(late ? "timeout" : "connection", (error as NodeJS.ErrnoException).code ?? error.message);
        resolve(undefined);
      };
      socket.once("error", refused);
      socket.once("open", () => {
        socket.off("error", refused);
        this.opened++;
        ticket.succeed();
        resolve(socket);
      });
    });
  }

  /** Sends until the socket closes; true when it closed as it may, with 1001 or because we stop. */
  private talk(socket: WebSocket): Promise<boolean> {
    return new Promise((resolve) => {
      this.closing = false;
      const startedMs = monotonicMs();
      let sentHere = 0;
      let timer: NodeJS.Timeout | undefined;
      const tick = () => {
        if (socket.readyState !== WebSocket.OPEN) return;
        const dueMs = startedMs + sentHere * messageIntervalMs;
        sentHere++;
        this.send(socket, dueMs);
        timer = setTimeout(tick, dueMs + messageIntervalMs - monotonicMs());
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
      // What went wrong is told by the close that follows.
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
    const { recorder, user, timeoutMs } = this.account;
    recorder.webSockets.messages++;
    const ticket = recorder.due(dueMs).assign("write", { user, method: "SEND", path: route.path }, false);
    const timer = setTimeout(() => {
      this.unacknowledged = this.unacknowledged.filter((sent) => sent.seq !== seq);
      ticket.fail("timeout", `message ${seq} was not acknowledged within the time limit`);
      this.gaveUp = true;
      socket.terminate();
    }, timeoutMs);
    this.unacknowledged.push({ seq, ticket, timer });
    socket.send(JSON.stringify({ seq, value: Math.round(Math.sin(seq) * 1000) }));
  }

  private receive(text: string): void {
    const reply = parseReply(text);
    if (reply && "leave" in reply) {
      this.closing = true;
      return;
    }
    const next = this.unacknowledged[0];
    const seq = reply && ("ack" in reply ? reply.ack : reply.seq);
    if (reply === undefined || next === undefined || seq !== next.seq) {
      const expected = next === undefined ? "none" : `of message ${next.seq}`;
      this.account.wrong(`expected an answer ${expected}, got ${text.slice(0, 200)}`, route);
      return;
    }
    this.unacknowledged.shift();
    clearTimeout(next.timer);
    if ("error" in reply) {
      next.ticket.fail("server-error", reply.error);
    } else {
      this.account.recorder.webSockets.acknowledged++;
      next.ticket.succeed({ color: reply.color, version: reply.version });
    }
  }

  /** Every message needs its acknowledgment before any close; a close other than 1001 is a failure by itself. */
  private closed(code: number): boolean {
    const left = this.unacknowledged;
    this.unacknowledged = [];
    for (const { seq, ticket, timer } of left) {
      clearTimeout(timer);
      ticket.fail("unacknowledged", `the socket closed with ${code} before message ${seq} was acknowledged`);
    }
    const gaveUp = this.gaveUp;
    this.gaveUp = false;
    if (gaveUp) return false;
    if (code === goingAway || this.closing) return true;
    const { recorder, user } = this.account;
    const ticket = recorder.due(monotonicMs()).assign("write", { user, ...route }, false);
    ticket.fail("socket-closed", `closed with ${code}`);
    return false;
  }

  private closeWhenDone(socket: WebSocket): void {
    if (this.unacknowledged.length > 0 || socket.readyState !== WebSocket.OPEN) return;
    socket.close(1000);
    const timer = setTimeout(() => socket.terminate(), closeLimitMs);
    socket.once("close", () => clearTimeout(timer));
  }

  private async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

function parseReply(text: string): z.infer<typeof replySchema> | undefined {
  try {
    return replySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
