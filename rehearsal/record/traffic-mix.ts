import type { JourneyRequest, RecordedTraffic } from "../../contract";
import type { LoggedRequest } from "./access-log";
import { foldFamilies, foldUrl } from "./fold-url";

/** Access logs have no bodies, so requests with one cannot be made again. */
const REPLAYED_METHODS = new Set(["GET", "HEAD"]);
/** A path or an order of paths is written only if so many clients had it, because it could name a person otherwise. */
const MIN_CLIENTS = 3;
/** A longer time between two requests of a client ends a journey. */
const MAX_THINK_MS = 60_000;
const MAX_STEPS = 10;
const MAX_SEQUENCES = 30;
const MAX_CLIENTS = 500_000;
const MINUTE_MS = 60_000;
/** Statuses of the load balancer itself for a client that left or sent a wrong request. */
const CLIENT_STATUSES = new Set([400, 408, 460, 463, 464]);

interface RecordedJourney {
  readonly weight: number;
  readonly thinkSeconds?: readonly [number, number];
  readonly steps: readonly JourneyRequest[];
}

/** The load that a journeys file has. */
export interface TrafficMix {
  readonly recorded: RecordedTraffic;
  readonly journeys: Readonly<Record<string, RecordedJourney>>;
}

interface Form {
  readonly method: string;
  readonly url: string;
  readonly isFolded: boolean;
  readonly statuses: Set<number>;
  /** The first clients, up to the number that is needed. */
  readonly clients: Set<number>;
}

interface Visit {
  readonly timeMs: number;
  readonly form: Form;
}

interface Sequence {
  readonly forms: readonly Form[];
  readonly clients: Set<number>;
  readonly gapsMs: number[];
  count: number;
}

/** Counts requests, one after the other, and turns them into journeys. Nothing about a client leaves this object. */
export class TrafficRecorder {
  private readonly clients = new Map<string, number>();
  private readonly visits = new Map<number, Visit[]>();
  private readonly forms = new Map<string, Form>();
  private readonly minutes = new Map<number, number>();
  private requests = 0;
  private writes = 0;
  private firstMs = Number.POSITIVE_INFINITY;
  private lastMs = Number.NEGATIVE_INFINITY;

  add({ timeMs, client, method, url, status }: LoggedRequest): void {
    this.requests++;
    this.firstMs = Math.min(this.firstMs, timeMs);
    this.lastMs = Math.max(this.lastMs, timeMs);
    const minute = Math.floor(timeMs / MINUTE_MS);
    this.minutes.set(minute, (this.minutes.get(minute) ?? 0) + 1);
    const number = this.numberOf(client);
    if (!REPLAYED_METHODS.has(method)) {
      this.writes++;
      return;
    }
    const folded = foldUrl(url);
    const key = `${method} ${folded}`;
    const form = this.forms.get(key) ?? {
      ...{ method, url: folded, isFolded: folded !== url },
      ...{ statuses: new Set<number>(), clients: new Set<number>() },
    };
    this.forms.set(key, form);
    if (status < 500 && !CLIENT_STATUSES.has(status)) form.statuses.add(status);
    if (form.clients.size < MIN_CLIENTS) form.clients.add(number);
    const visits = this.visits.get(number) ?? [];
    visits.push({ timeMs, form });
    this.visits.set(number, visits);
  }

  /** @throws Error if nothing can be written */
  result(): TrafficMix {
    const forms = this.mergedForms();
    const sequences = this.sequences((form) => forms.get(form) as Form);
    const shared = (each: Sequence) => each.clients.size >= MIN_CLIENTS;
    const isPublic = (form: Form) => form.clients.size >= MIN_CLIENTS && form.statuses.size > 0;
    const long = [...sequences.values()]
      .filter((each) => each.forms.length > 1 && shared(each) && each.forms.every(isPublic))
      .sort((left, right) => right.count * right.forms.length - left.count * left.forms.length)
      .slice(0, MAX_SEQUENCES);
    const single = new Map<Form, number>();
    let leftOut = 0;
    for (const sequence of sequences.values()) {
      if (long.includes(sequence)) continue;
      for (const form of sequence.forms) {
        if (isPublic(form)) single.set(form, (single.get(form) ?? 0) + sequence.count);
        else leftOut += sequence.count;
      }
    }
    const think = quartiles([...sequences.values()].flatMap(({ gapsMs }) => gapsMs));
    const journeys = [
      ...long.map((each) => journeyOf(each.forms, each.count, quartiles(each.gapsMs) ?? think)),
      ...[...single].map(([form, count]) => journeyOf([form], count, think)),
    ].sort((left, right) => right.weight - left.weight);
    if (journeys.length === 0) {
      throw new Error(
        `--record must be access logs in which ${MIN_CLIENTS} clients or more request the same path, got ` +
          `${this.requests} requests of ${this.clients.size} clients. Paths of fewer clients are left out, because they could name a person.`,
      );
    }
    return {
      recorded: this.figures(leftOut),
      journeys: Object.fromEntries(journeys.map((each, index) => [nameOf(each, index), each])),
    };
  }

  private numberOf(client: string): number {
    const known = this.clients.get(client);
    if (known !== undefined) return known;
    const number = this.clients.size % MAX_CLIENTS;
    if (this.clients.size < MAX_CLIENTS) this.clients.set(client, number);
    return number;
  }

  /** The form that each becomes when families of paths are folded. */
  private mergedForms(): Map<Form, Form> {
    const all = [...this.forms.values()];
    const families = foldFamilies([...new Set(all.map(({ url }) => url))]);
    const merged = new Map<string, Form>();
    return new Map(
      all.map((form) => {
        const url = families.get(form.url) ?? form.url;
        const key = `${form.method} ${url}`;
        const into: Form = merged.get(key) ?? {
          ...{ method: form.method, url, isFolded: form.isFolded || url !== form.url },
          ...{ statuses: new Set<number>(), clients: new Set<number>() },
        };
        merged.set(key, into);
        for (const status of form.statuses) into.statuses.add(status);
        for (const client of form.clients) into.clients.add(client);
        return [form, into];
      }),
    );
  }

  private sequences(formOf: (form: Form) => Form): Map<string, Sequence> {
    const numbers = new Map<Form, number>();
    const numberOf = (form: Form) => {
      const number = numbers.get(form) ?? numbers.size;
      numbers.set(form, number);
      return number;
    };
    const sequences = new Map<string, Sequence>();
    for (const [client, visits] of this.visits) {
      for (const part of parts(visits.sort((left, right) => left.timeMs - right.timeMs))) {
        const forms = part.map(({ form }) => formOf(form));
        const key = forms.map(numberOf).join();
        const sequence = sequences.get(key) ?? { forms, clients: new Set<number>(), gapsMs: [], count: 0 };
        sequences.set(key, sequence);
        sequence.count++;
        sequence.clients.add(client);
        part.slice(1).forEach(({ timeMs }, index) => {
          sequence.gapsMs.push(timeMs - (part[index]?.timeMs ?? timeMs));
        });
      }
    }
    return sequences;
  }

  private figures(leftOut: number): RecordedTraffic {
    const seconds = Math.max(1, (this.lastMs - this.firstMs) / 1000);
    return {
      from: new Date(this.firstMs).toISOString(),
      to: new Date(this.lastMs).toISOString(),
      requests: this.requests,
      clients: this.clients.size,
      requestsPerSecond: rounded(this.requests / seconds),
      busiestMinutePerSecond: rounded(
        [...this.minutes.values()].reduce((most, each) => Math.max(most, each), 0) / 60,
      ),
      writeShare: rounded(this.writes / this.requests),
      leftOut: { writes: this.writes, rarePaths: leftOut },
    };
  }
}

/** Splits the requests of a client where it paused, and after a number of steps. */
function parts(visits: readonly Visit[]): Visit[][] {
  const result: Visit[][] = [];
  for (const visit of visits) {
    const current = result.at(-1);
    const last = current?.at(-1);
    const goesOn = last !== undefined && visit.timeMs - last.timeMs <= MAX_THINK_MS;
    if (current !== undefined && goesOn && current.length < MAX_STEPS) current.push(visit);
    else result.push([visit]);
  }
  return result;
}

function journeyOf(
  forms: readonly Form[],
  weight: number,
  think: readonly [number, number] | undefined,
): RecordedJourney {
  return { weight, ...(think && { thinkSeconds: think }), steps: forms.map(stepOf) };
}

function stepOf({ method, url, isFolded, statuses }: Form): JourneyRequest {
  // A folded path is replayed with other ids, which may not exist on the tested stack.
  const status = [...new Set([...statuses, ...(isFolded ? [404] : [])])].sort((left, right) => left - right);
  const isUsual = status.length === 1 && status[0] === 200;
  return {
    ...(method === "HEAD" && { method: "HEAD" as const }),
    path: url,
    ...(!isUsual && { expect: { status } }),
  };
}

function nameOf({ steps }: RecordedJourney, index: number): string {
  const [first, ...more] = steps;
  const others = more.length === 0 ? "" : `, ${more.length} more`;
  return `${index + 1}: ${first?.method ?? "GET"} ${first?.path}${others}`;
}

/** The range of the middle half, in seconds. */
function quartiles(gapsMs: readonly number[]): readonly [number, number] | undefined {
  if (gapsMs.length === 0) return undefined;
  const sorted = [...gapsMs].sort((left, right) => left - right);
  const at = (share: number) => rounded((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) / 1000);
  return [at(0.25), at(0.75)];
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
