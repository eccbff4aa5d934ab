import { setTimeout as sleep } from "node:timers/promises";
import { JourneyTrial } from "../load/journey-trial";
import { checkAnswers } from "./check-service";
import type { Subject } from "./test-bed";
import type { VerifyContext } from "./verify-context";

const SOCKET_MS = 500;

interface BothTiers {
  readonly web: Subject;
  readonly app: Subject;
}

/** Makes every journey once, an upload and a WebSocket, and looks at their answers and at the calls that they cause. */
export async function checkLoad(subjects: BothTiers, context: VerifyContext): Promise<void> {
  const { bed, results } = context;
  const { load } = context.application;
  const { web: edge, app: inner } = bed.relays;
  const trial = new JourneyTrial(edge.url, load);
  // The calls of readiness checks were recorded already.
  edge.exchanges.length = 0;
  try {
    const { journeys, figures } = await trial.each();
    const { requests, failures, sessions } = figures;
    const [first] = failures;
    const problem = first && [first.method, first.path, first.status, first.detail].filter(Boolean).join(" ");
    const logins = load.session === undefined ? "no login" : `${sessions.total} login`;
    const made = `${journeys.join(", ")}: ${requests.total} requests, ${logins}`;
    results.report("journeys", undefined, problem, made);
    checkAnswers(edge.exchanges, subjects, context);
    if (load.upload === undefined) {
      results.add("uploads", undefined, "not exercised", "the load has no upload");
    } else {
      const [cut] = (await trial.upload()).failures;
      results.report("uploads", undefined, cut?.detail, "an upload was stored whole");
    }
    if (load.socket === undefined) {
      results.add("sockets", undefined, "not exercised", "the load has no WebSocket");
    } else {
      const [lost] = (await trial.socket(() => sleep(SOCKET_MS))).failures;
      results.report("sockets", undefined, lost?.detail, "messages were acknowledged");
    }
  } finally {
    trial.close();
  }
  checkColorHeader(subjects, inner.seen, context);
}

function checkColorHeader(
  { web }: BothTiers,
  calls: readonly Readonly<Record<string, unknown>>[],
  { application: { tiers }, results }: VerifyContext,
): void {
  results.add("color-header", "app", "not exercised", "the tier calls no other");
  if (!tiers.web.calls.includes("app")) {
    results.add("color-header", "web", "not exercised", "the tier calls no other");
  } else if (calls.length === 0) {
    results.add("color-header", "web", "not exercised", "the tier made no call");
  } else {
    const wrong = calls.filter((headers) => headers["x-changeover-color"] !== web.color);
    const got = wrong[0]?.["x-changeover-color"] ?? "none";
    const problem = `${wrong.length} of ${calls.length} calls do not have ${web.color} in the header, got ${got}`;
    results.report("color-header", "web", wrong.length > 0 ? problem : undefined, `${calls.length} calls`);
  }
}
