import type { Failure } from "../load";
import type { RecordedInstance, RunRecord } from "./run-record";

/** Time around the end of an instance in which failures are likely to be caused by it. */
const NEAR_END_MS = 3_000;

/** A sentence about the most likely cause of the first failure of a run; undefined without a failure. */
export function likelyCause(record: RunRecord): string | undefined {
  const first = record.load?.failures[0];
  if (first === undefined) return undefined;
  return (
    causeBySession(first) ??
    causeByUpload(first) ??
    causeByEndOfInstance(first, record) ??
    causeByMigration(first, record) ??
    causeByStatus(first, record) ??
    causeByMachine(record) ??
    causeByKind(first)
  );
}

function causeBySession({ kind, status }: Failure): string | undefined {
  if (kind !== "session-lost" && status !== 401) return undefined;
  return "a session is stored in the memory of an instance, or its cookie is valid for one color only. Store sessions in the database.";
}

function causeByUpload({ kind }: Failure): string | undefined {
  if (kind !== "upload-cut") return undefined;
  return "an instance stored a part of an upload. Confirm an upload only when all of it is stored.";
}

function causeByEndOfInstance(
  { at, status, kind }: Failure,
  { instances = [] }: RunRecord,
): string | undefined {
  if (status !== 502 && kind !== "connection" && kind !== "socket-closed" && kind !== "unacknowledged")
    return undefined;
  const time = Date.parse(at);
  const ended = instances.find(
    ({ terminatingAt }) =>
      terminatingAt !== undefined &&
      time - Date.parse(terminatingAt) < NEAR_END_MS + drainMs(instances) &&
      time >= Date.parse(terminatingAt) - NEAR_END_MS,
  );
  if (ended === undefined) return undefined;
  const { id, tier, color, version, terminationReason = "scale in" } = ended;
  return (
    `${id} (${tier}, ${[color, version].filter(Boolean).join(" ")}) was terminated at that time (${terminationReason}). ` +
    "A service must answer its open requests after SIGTERM before it exits, and accept no new ones."
  );
}

/** Time from the first termination of the instances of a color to the last one. */
function drainMs(instances: readonly RecordedInstance[]): number {
  const times = instances.flatMap(({ terminatingAt }) => (terminatingAt ? [Date.parse(terminatingAt)] : []));
  return times.length === 0 ? 0 : Math.min(30_000, Math.max(...times) - Math.min(...times));
}

function causeByMigration({ at, kind }: Failure, { steps }: RunRecord): string | undefined {
  if (kind !== "timeout" && kind !== "server-error") return undefined;
  const time = Date.parse(at);
  const step = steps.find(
    ({ startedAt, endedAt, migrations = [] }) =>
      migrations.length > 0 && time >= Date.parse(startedAt) && time <= Date.parse(endedAt),
  );
  const [slowest] = [...(step?.migrations ?? [])].sort(
    (left, right) => (right.longestWaitMs ?? 0) - (left.longestWaitMs ?? 0),
  );
  if (slowest === undefined) return undefined;
  const waited = slowest.longestWaitMs
    ? `, and clients waited ${Math.round(slowest.longestWaitMs)} ms for its locks`
    : "";
  return `${slowest.script} ran in that step${waited}. \`changeover lint\` and \`changeover migrate check\` show which queries it breaks.`;
}

function causeByStatus({ status, color, version }: Failure, _record: RunRecord): string | undefined {
  if (status === undefined || status < 500) return undefined;
  if (color !== undefined) {
    return `${[color, version].filter(Boolean).join(" ")} itself answered with ${status}. The logs of its instances say why.`;
  }
  if (status === 503) return "the load balancer had no instance to send the request to.";
  if (status === 504) return "an instance did not answer within the load balancer's idle timeout.";
  return (
    "an instance refused or closed a connection. A service must keep idle connections open for longer than the load " +
    "balancer (idleTimeoutSeconds), and must not exit while it is registered."
  );
}

function causeByMachine({ load }: RunRecord): string | undefined {
  if (!load?.noisy) return undefined;
  return `the machine was too busy: ${load.noisyReasons.join("; ")}. Run it again on an idle machine, or with a lower --rate.`;
}

function causeByKind({ kind }: Failure): string | undefined {
  if (kind === "timeout")
    return "the service was slower than the load allows. The logs of instances and the longest stall show where.";
  if (kind === "dropped") return "requests were due faster than the service answered. Try a lower --rate.";
  if (kind === "wrong-answer")
    return "the two versions do not store or read the same data. Compare their queries with the migration scripts.";
  return undefined;
}
