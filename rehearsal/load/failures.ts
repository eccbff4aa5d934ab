import type { Failure, FailureKind } from "./figures";

const keepFirst = 100;
const keepOfEachKind = 10;

/** Counts all, keeps enough to find the cause; a flood of one kind does not push the others out. */
export class Failures {
  readonly kept: Failure[] = [];
  readonly byKind: Partial<Record<FailureKind, number>> = {};

  add(failure: Failure): void {
    const ofKind = (this.byKind[failure.kind] ?? 0) + 1;
    this.byKind[failure.kind] = ofKind;
    if (this.kept.length < keepFirst || ofKind <= keepOfEachKind) this.kept.push(failure);
  }
}
