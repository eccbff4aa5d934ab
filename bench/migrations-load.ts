import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";

export interface QueryLoadSettings {
  readonly connectionString: string;
  readonly rows: number;
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
}

export interface QueryFigures {
  readonly count: number;
  readonly failed: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

export interface LoadWindow {
  readonly reads: QueryFigures;
  readonly writes: QueryFigures;
  /** Longest delay that was caused by this process itself and not by the database. */
  readonly lateMs: number;
}

/** Query timeout. It is longer than any transaction of the benchmark. */
const ANSWER_LIMIT_MS = 120_000;

/** Sends queries at a fixed rate. The latency of a query includes any delay before it was sent. */
class QueryStream {
  private latencies: number[] = [];
  private failed = 0;
  private lateMs = 0;
  private readonly pending = new Set<Promise<unknown>>();
  private isOver = false;

  constructor(
    private readonly perSecond: number,
    private readonly send: () => Promise<unknown>,
  ) {}

  async run(): Promise<void> {
    const startedAt = performance.now();
    for (let sent = 0; !this.isOver; sent++) {
      const dueAt = startedAt + (sent * 1000) / this.perSecond;
      const early = dueAt - performance.now();
      if (early > 1) await sleep(early);
      this.lateMs = Math.max(this.lateMs, performance.now() - dueAt);
      const query = this.send()
        .catch(() => {
          this.failed++;
        })
        .finally(() => {
          this.latencies.push(performance.now() - dueAt);
          this.pending.delete(query);
        });
      this.pending.add(query);
    }
    await Promise.all(this.pending);
  }

  begin(): void {
    this.latencies = [];
    this.failed = 0;
    this.lateMs = 0;
  }

  /** Waits for the answers to all queries sent so far, so that queries that are still blocked are counted. */
  async figures(): Promise<QueryFigures & { lateMs: number }> {
    await Promise.all([...this.pending]);
    const sorted = [...this.latencies].sort((a, b) => a - b);
    const round = (ms: number) => Math.round(ms * 10) / 10;
    return {
      count: sorted.length,
      failed: this.failed,
      p99Ms: round(sorted[Math.floor(sorted.length * 0.99)] ?? 0),
      longestMs: round(sorted.at(-1) ?? 0),
      lateMs: round(this.lateMs),
    };
  }

  end(): void {
    this.isOver = true;
  }
}

/**
 * Runs the load until the parent process disconnects. The message `begin` resets the figures; `report` sends them
 * back.
 */
async function main(settings: QueryLoadSettings): Promise<void> {
  const { connectionString, rows, readsPerSecond, writesPerSecond } = settings;
  const pool = (max: number) => {
    const made = new Pool({ connectionString, max, idleTimeoutMillis: 0, query_timeout: ANSWER_LIMIT_MS });
    made.on("error", () => {}); // The failed query reports the error.
    return made;
  };
  // Separate pools, so that writers that wait for a lock do not use up the readers' connections.
  const [readers, writers] = [pool(10), pool(10)];
  const anyId = () => 1 + Math.floor(Math.random() * rows);
  const read = new QueryStream(readsPerSecond, () =>
    readers.query("select id, name, note from patients where id = $1", [anyId()]),
  );
  const write = new QueryStream(writesPerSecond, () =>
    writers.query("update patients set note = $2 where id = $1", [anyId(), `seen at ${Date.now()}`]),
  );
  const running = Promise.all([read.run(), write.run()]);
  process.on("message", async (message) => {
    if (message === "begin") {
      read.begin();
      write.begin();
    }
    if (message === "report") {
      const [{ lateMs: first, ...reads }, { lateMs: second, ...writes }] = await Promise.all([
        read.figures(),
        write.figures(),
      ]);
      process.send?.({ reads, writes, lateMs: Math.max(first, second) } satisfies LoadWindow);
    }
  });
  process.once("disconnect", async () => {
    read.end();
    write.end();
    // If the database has stopped, the queries never end.
    setTimeout(() => process.exit(1), 10_000).unref();
    await running;
    await Promise.all([readers.end(), writers.end()]);
    process.exit(0);
  });
  process.send?.("ready");
}

void main(JSON.parse(process.argv[2] ?? "{}"));
