import type { FailureKind } from "./figures";
import type { Origin } from "./origin";
import type { Context, Recorder } from "./recorder";

/** A request that fell due. It is settled exactly once: by an answer or by a failure. */
export class Ticket {
  context: Context = {};
  /** Unknown until somebody does it. */
  effect: "read" | "write" | undefined;
  /** Whether the load balancer chose afresh where it goes. */
  routed = false;

  constructor(
    private readonly recorder: Recorder,
    readonly intendedMs: number,
    readonly pace: "prompt" | "slow",
  ) {}

  assign(effect: "read" | "write", context: Context, routed = true): this {
    this.effect = effect;
    this.context = context;
    this.routed = routed;
    this.recorder.assigned(this);
    return this;
  }

  /** `origin` is left out where the answer cannot name one: a WebSocket handshake. */
  succeed(origin?: Origin): void {
    this.recorder.succeeded(this, origin);
  }

  fail(kind: FailureKind, detail: string, context: Context = {}): void {
    this.recorder.failedWith(this, kind, detail, context);
  }
}
