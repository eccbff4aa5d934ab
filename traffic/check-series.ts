import { type CheckOutcome, type CheckSubject, type NamedCheck, runCheck } from "./checks";
import type { TrafficClients } from "./clients";

/** A check fails after this many failed runs in a row, so that one lost packet does not fail it. */
const FAILURES_IN_A_ROW = 3;

/** Runs a team's checks repeatedly and counts the consecutive failures of each. */
export class CheckSeries {
  private readonly failures = new Map<string, number>();
  private newest: readonly CheckOutcome[] = [];

  constructor(
    private readonly clients: Pick<TrafficClients, "lambda">,
    private readonly checks: readonly NamedCheck[],
    private readonly subject: CheckSubject,
  ) {}

  async run(remainingMs?: number): Promise<void> {
    const runs = this.checks.map((check) => runCheck(this.clients, check, this.subject, remainingMs));
    this.newest = await Promise.all(runs);
    for (const { name, status } of this.newest) {
      this.failures.set(name, status === "failed" ? (this.failures.get(name) ?? 0) + 1 : 0);
    }
  }

  get passed(): boolean {
    return this.checks.length === 0 || (this.newest.length > 0 && this.newest.every(isPassed));
  }

  get names(): string[] {
    return this.checks.map(({ name }) => name);
  }

  get failed(): readonly CheckOutcome[] {
    return this.newest.filter(({ name }) => (this.failures.get(name) ?? 0) >= FAILURES_IN_A_ROW);
  }

  /** The checks whose newest run did not pass. */
  get open(): readonly CheckOutcome[] {
    return this.newest.filter((outcome) => !isPassed(outcome));
  }
}

function isPassed({ status }: CheckOutcome): boolean {
  return status === "passed";
}

export function describeCheck({ name, status, answer }: CheckOutcome): string {
  return `the check ${name} ${status === "failed" ? "failed" : "is in progress"}: ${answer}`;
}
