import { ResponseTimes } from "./response-times";
import type { TargetGroupCounters } from "./types";

/** Counts the requests of one target group and their outcomes. */
export class GroupCounters {
  requests = 0;
  balancer5xx = 0;
  cutResponses = 0;
  clientClosed = 0;
  inFlight = 0;
  private readonly byClass = [0, 0, 0, 0, 0, 0];
  private readonly responseTimes = new ResponseTimes();

  /**
   * `ms` is the time from sending the request to the target until the response headers arrive, as in the metric
   * TargetResponseTime.
   */
  targetResponded(statusCode: number, ms: number): void {
    const statusClass = Math.floor(statusCode / 100);
    this.byClass[statusClass] = (this.byClass[statusClass] ?? 0) + 1;
    this.responseTimes.record(ms);
  }

  snapshot(): TargetGroupCounters {
    const [, , target2xx = 0, target3xx = 0, target4xx = 0, target5xx = 0] = this.byClass;
    const { requests, balancer5xx, cutResponses, clientClosed, inFlight, responseTimes } = this;
    const recentAt = Date.now();
    return {
      requests,
      target2xx,
      target3xx,
      target4xx,
      target5xx,
      balancer5xx,
      cutResponses,
      clientClosed,
      inFlight,
      // Computed on access, because copying thousands of samples for every snapshot would delay requests.
      get recentResponseMs() {
        return responseTimes.recent(recentAt);
      },
    };
  }
}
