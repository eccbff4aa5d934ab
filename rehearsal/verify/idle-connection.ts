import { Agent, get, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { RequirementResults } from "./requirements";
import { IDLE_TIMEOUT_SECONDS, type Subject } from "./test-bed";

/** An idle connection to a service, whose end is observed. */
export class IdleConnection {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private idleSinceMs: number | undefined;
  private closedAfterMs: number | undefined;
  /** Seconds for which the service says that it keeps the connection. */
  private announcedSeconds: number | undefined;
  private error: string | undefined;

  constructor(
    private readonly subject: Subject,
    private readonly path: string,
  ) {}

  /** Makes one request, and leaves its connection open. */
  async open(): Promise<void> {
    const { port } = this.subject.instance;
    await new Promise<void>((resolve) => {
      const options = { host: "127.0.0.1", port, path: this.path, agent: this.agent, timeout: 5_000 };
      const outgoing = get(options, (answer) => {
        this.announcedSeconds = announced(answer);
        answer.resume().once("end", () => {
          this.idleSinceMs = performance.now();
          resolve();
        });
      });
      outgoing.once("timeout", () => outgoing.destroy(new Error("no answer within 5 s")));
      outgoing.once("error", (error) => {
        this.error = error.message;
        resolve();
      });
      outgoing.once("socket", (socket: Socket) => {
        // The connection of the agent must not end it itself at its own time limit.
        socket.once("close", () => {
          if (this.idleSinceMs !== undefined) this.closedAfterMs ??= performance.now() - this.idleSinceMs;
        });
      });
    });
    // An agent closes a connection itself shortly before the announced time.
    for (const sockets of Object.values(this.agent.freeSockets)) {
      for (const socket of sockets ?? []) socket.setTimeout(0);
    }
  }

  /** Observes the connection until it was idle for `seconds`, or is closed, or the service has announced its time. */
  async report(seconds: number, results: RequirementResults): Promise<void> {
    const { tier } = this.subject;
    const needed = Math.min(seconds, IDLE_TIMEOUT_SECONDS + 1);
    const idleMs = () => performance.now() - (this.idleSinceMs ?? 0);
    while (
      this.announcedSeconds === undefined &&
      this.closedAfterMs === undefined &&
      idleMs() < needed * 1000
    ) {
      if (this.idleSinceMs === undefined) break;
      await sleep(100);
    }
    const problem = this.problem();
    const seen =
      this.announcedSeconds === undefined
        ? `an idle connection was open for ${needed} s of ${IDLE_TIMEOUT_SECONDS} s; --idle ${IDLE_TIMEOUT_SECONDS + 1} waits for all of them`
        : `the service keeps idle connections for ${this.announcedSeconds} s, as its header Keep-Alive says`;
    if (this.error !== undefined) results.add("keep-alive", tier, "not exercised", this.error);
    else results.report("keep-alive", tier, problem, seen);
    this.agent.destroy();
  }

  private problem(): string | undefined {
    const limit = `instead of more than ${IDLE_TIMEOUT_SECONDS} s`;
    if (this.announcedSeconds !== undefined && this.announcedSeconds <= IDLE_TIMEOUT_SECONDS) {
      return `the service keeps idle connections for ${this.announcedSeconds} s ${limit}, as its header Keep-Alive says`;
    }
    if (this.closedAfterMs === undefined) return undefined;
    return `the service closed an idle connection after ${(this.closedAfterMs / 1000).toFixed(1)} s ${limit}`;
  }
}

function announced({ headers }: IncomingMessage): number | undefined {
  const seconds = /\btimeout=(\d+)/i.exec(String(headers["keep-alive"] ?? ""))?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}
