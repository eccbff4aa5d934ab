import type { FaultStackName } from "./fault-stack";
import type { FaultStage } from "./fault-stage";
import type { Noticer } from "./notices";

/**
 * - `Node.js`: all services run on Node.js.
 * - `migrations`: the next version has expand migrations.
 * - `in-process engine`: the program is not run by the Pulumi CLI.
 */
export type FaultNeed = "Node.js" | "migrations" | "in-process engine";

/** Losses that a fault may cause. Every other loss fails the run. */
export interface ToleratedLoss {
  /** Failed requests of all requests under the fault, 0-1. @default 0 */
  readonly failedShare?: number;
  /** Time from the first to the last failed request, in seconds. @default no limit but that of the recovery */
  readonly failureSeconds?: number;
  /** Uploads that were cut, of all uploads under the fault, 0-1. @default 0 */
  readonly cutShare?: number;
}

/**
 * A fault of a rehearsal: what is broken, what may be lost, and what must happen.
 *
 * Sessions and answers are never tolerated as a loss: a lost session or a wrong answer fails the run.
 */
export interface Fault<Facts> {
  /** Name for `--fault`, in kebab-case. */
  readonly name: string;
  /** A sentence that says what is done. */
  readonly summary: string;
  /** A sentence that says what may be lost. */
  readonly tolerates: string;
  /** A function if it depends on what happened. */
  readonly tolerated: ToleratedLoss | ((facts: Facts) => ToleratedLoss);
  /** A sentence that says what must happen. */
  readonly expected: string;
  /** Each of them must notice the fault. */
  readonly noticedBy: readonly Noticer[];
  /** Time from the fault until requests succeed and the live color has all its instances, in seconds. */
  readonly recoversWithinSeconds: number;
  /** The difference to AWS, in sentences. */
  readonly onAws: string;
  /**
   * The stack on which it is injected. `real time`: intervals of AWS as they are. `scaled`: divided by 10, for faults
   * that need minutes on AWS.
   */
  readonly stack: FaultStackName;
  /** `one color`: the next version is not deployed yet, so that the fault meets its migrations. @default both */
  readonly begins?: "both colors" | "one color";
  /**
   * True for a fault that must be the first on its stack, where no color but the live one has ever served.
   *
   * @default false
   */
  readonly needsNewStack?: boolean;
  /** Conditions without which the fault cannot be injected. @default none */
  readonly needs?: readonly FaultNeed[];
  /**
   * Injects the fault, and ends it.
   *
   * @throws Error if the fault cannot be injected, which fails the run
   */
  inject(stage: FaultStage): Promise<Facts>;
  /** A sentence that says what happened. */
  actual(facts: Facts): string;
  /** Sentences about what was not as expected; empty if all was. */
  problems(facts: Facts): string[];
}

/** A fault with facts of any kind, as in a list of faults. */
// biome-ignore lint/suspicious/noExplicitAny: each fault gets its own facts back
export type AnyFault = Fault<any>;
