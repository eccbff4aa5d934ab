import type { RecordedFault } from "../../report/run-record";
import type { AnyFault, ToleratedLoss } from "./fault";

/** The losses and reactions under a fault. */
export interface ObservedFault extends Pick<RecordedFault, "lost" | "noticed" | "recoveredAfterSeconds"> {
  readonly requests: number;
  readonly uploads: number;
  /** Time from the first failed request to the last one. 0 if none failed. */
  readonly failureSeconds: number;
  /** True if the machine was too busy to judge times. */
  readonly isNoisy: boolean;
}

type Expectation = Pick<AnyFault, "noticedBy" | "recoversWithinSeconds"> & {
  readonly tolerated: ToleratedLoss;
};

/** Factor of the limits of times on a machine that is too busy to judge them. */
export const NOISY_PATIENCE = 4;

/** Sentences about all that differs from the expectation; empty if the fault passed. */
export function judgeFault(fault: Expectation, observed: ObservedFault): string[] {
  const { requests, uploads, failureSeconds, lost, noticed, recoveredAfterSeconds } = observed;
  const { failedShare = 0, failureSeconds: tolerableSeconds, cutShare = 0 } = fault.tolerated;
  const patience = observed.isNoisy ? NOISY_PATIENCE : 1;
  const limitSeconds = tolerableSeconds && tolerableSeconds * patience;
  const recoveryLimitSeconds = fault.recoversWithinSeconds * patience;
  const problems: string[] = [];
  if (requests === 0) problems.push("No request was made, so nothing was tested.");
  if (lost.requestsFailed > requests * failedShare) {
    problems.push(
      `${lost.requestsFailed} of ${requests} requests failed; tolerated are ${tolerated(failedShare, requests)}.`,
    );
  }
  if (limitSeconds !== undefined && failureSeconds > limitSeconds) {
    problems.push(
      `Requests failed over ${failureSeconds.toFixed(1)} s; tolerated are ${limitSeconds.toFixed(1)} s.`,
    );
  }
  if (lost.uploadsCut > uploads * cutShare) {
    problems.push(
      `${lost.uploadsCut} of ${uploads} uploads were cut; tolerated are ${tolerated(cutShare, uploads)}.`,
    );
  }
  if (lost.sessionsLost > 0) problems.push(`${lost.sessionsLost} sessions were lost; none may be.`);
  if (lost.wrongAnswers > 0) problems.push(`${lost.wrongAnswers} answers were wrong; none may be.`);
  for (const noticer of fault.noticedBy) {
    if (noticed.some(({ by }) => by === noticer)) continue;
    problems.push(`The fault was not noticed by: ${noticer}.`);
  }
  if (recoveredAfterSeconds === null) {
    problems.push(`All was not well again within ${recoveryLimitSeconds} s.`);
  } else if (recoveredAfterSeconds > recoveryLimitSeconds) {
    problems.push(
      `All was well again after ${recoveredAfterSeconds.toFixed(1)} s; the limit is ${recoveryLimitSeconds} s.`,
    );
  }
  return problems;
}

function tolerated(share: number, of: number): string {
  return share === 0 ? "none" : `${Math.floor(of * share)} (${share * 100} %)`;
}
