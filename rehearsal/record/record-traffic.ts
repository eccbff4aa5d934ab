import { AccessLogError, accessLogFiles, linesOf, parseLogLine } from "./access-log";
import { type TrafficMix, TrafficRecorder } from "./traffic-mix";

/**
 * Reads access logs of a load balancer.
 *
 * @param path a file or a folder
 * @throws AccessLogError if there are no requests in them
 */
export async function recordTraffic(path: string, signal: AbortSignal): Promise<TrafficMix> {
  const recorder = new TrafficRecorder();
  let lines = 0;
  let requests = 0;
  for (const file of accessLogFiles(path)) {
    for await (const line of linesOf(file)) {
      if (++lines % 10_000 === 0) signal.throwIfAborted();
      const request = parseLogLine(line);
      if (request === undefined) continue;
      recorder.add(request);
      requests++;
    }
  }
  if (requests > 0) return recorder.result();
  throw new AccessLogError(
    `--record must be access logs of an Application Load Balancer, got ${lines} lines without a request in ${path}.`,
  );
}

/** The outcome of a recording in plain text. */
export function recordedText({ recorded, journeys }: TrafficMix, file: string): string {
  const { requests, clients, from, to, requestsPerSecond, busiestMinutePerSecond, leftOut } = recorded;
  return (
    `Wrote ${Object.keys(journeys).length} journeys to ${file}, from ${requests} requests of ${clients} clients ` +
    `between ${from} and ${to}: ${requestsPerSecond}/s on average, ${busiestMinutePerSecond}/s in the busiest minute.\n` +
    `Left out: ${leftOut.writes} requests that write, since access logs have no bodies; ${leftOut.rarePaths} of paths that ` +
    "fewer than three clients requested; addresses, user agents, cookies, ids, and the values of queries.\n"
  );
}
