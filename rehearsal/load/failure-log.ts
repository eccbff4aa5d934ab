import type { Failure, FailureKind } from "./figures";

const MAX_LISTED = 100;
const MIN_LISTED_PER_KIND = 10;

/** Counts all failures, but keeps the details only of the first ones of each kind. */
export class FailureLog {
  readonly listed: Failure[] = [];
  readonly byKind: Partial<Record<FailureKind, number>> = {};

  add(failure: Failure): void {
    const ofKind = (this.byKind[failure.kind] ?? 0) + 1;
    this.byKind[failure.kind] = ofKind;
    if (this.listed.length < MAX_LISTED || ofKind <= MIN_LISTED_PER_KIND) this.listed.push(failure);
  }
}
