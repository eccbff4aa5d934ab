import type { FailureKind } from "./figures";
import type { Origin } from "./origin";

export interface FailureContext {
  readonly user?: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly color?: string;
  readonly version?: string;
  readonly instance?: string;
}

export interface SettlementLog {
  assigned(due: DueRequest): void;
  succeeded(due: DueRequest, origin: Origin | undefined): void;
  failedWith(due: DueRequest, kind: FailureKind, detail: string, context: FailureContext): void;
}

/** A request of the schedule. It must be settled exactly once: as answered or as failed. */
export class DueRequest {
  context: FailureContext = {};
  effect: "read" | "write" | undefined;
  /**
   * True if the load balancer chose the target when the request was sent. False for a WebSocket or an upload, whose
   * connection may be older than the last flip.
   */
  routed = false;

  constructor(
    private readonly log: SettlementLog,
    readonly intendedMs: number,
    readonly pace: "prompt" | "slow",
  ) {}

  assign(effect: "read" | "write", context: FailureContext, routed = true): this {
    this.effect = effect;
    this.context = context;
    this.routed = routed;
    this.log.assigned(this);
    return this;
  }

  /** @param origin undefined if the response cannot name its instance, as in a WebSocket handshake */
  succeed(origin?: Origin): void {
    this.log.succeeded(this, origin);
  }

  fail(kind: FailureKind, detail: string, context: FailureContext = {}): void {
    this.log.failedWith(this, kind, detail, context);
  }
}
