import { ResponseTimes } from "./response-times";
import type { TargetGroupCounters } from "./types";

/** Counts what happens to the requests of one target group. */
export class GroupCounters {
  requests = 0;
  balancer5xx = 0;
  answersCut = 0;
  clientClosed = 0;
  inFlight = 0;
  private readonly byClass = [0, 0, 0, 0, 0, 0];
  private readonly responseTimes = new ResponseTimes();

  /** `ms` runs from the request's leaving for the target to the head of its answer, like TargetResponseTime. */
  targetAnswered(statusCode: number, ms: number): void {
    const statusClass = Math.floor(statusCode / 100);
    this.byClass[statusClass] = (this.byClass[statusClass] ?? 0) + 1;
    this.responseTimes.record(ms);
  }

  snapshot(): TargetGroupCounters {
    const [, , target2xx = 0, target3xx = 0, target4xx = 0, target5xx = 0] = this.byClass;
    const { requests, balancer5xx, answersCut, clientClosed, inFlight, responseTimes } = this;
    const recentAt = Date.now();
    return {
      requests,
      target2xx,
      target3xx,
      target4xx,
      target5xx,
      balancer5xx,
      answersCut,
      clientClosed,
      inFlight,
      // Made only for who looks: thousands of samples at each poll would be felt by the requests in between.
      get recentResponseMs() {
        return responseTimes.recent(recentAt);
      },
    };
  }
}
