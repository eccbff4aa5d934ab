import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent } from "../../engine/deploy/engine";
import { InProcessEngine, type InProcessOptions } from "../../engine/deploy/in-process-engine";
import { StackState } from "../../engine/state/stack-state";
import { MemoryProvider } from "./memory-provider";

export function fixture(name: string): string {
  return join(__dirname, "fixtures", name);
}

const cleanups: (() => void)[] = [];

/** Call in a suite: deletes the temporary folders of each test. */
export function cleanUpAfterEach(): void {
  afterEach(() => {
    for (const cleanUp of cleanups.splice(0)) cleanUp();
  });
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "changeover-engine-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestStack {
  readonly engine: InProcessEngine;
  readonly provider: MemoryProvider;
  readonly state: StackState;
  readonly events: EngineEvent[];
  readonly onEvent: (event: EngineEvent) => void;
}

/** A stack of a fixture, deployed to a provider in memory. */
export function testStack(name: string, options: Partial<InProcessOptions> = {}): TestStack {
  const provider = new MemoryProvider();
  const state = new StackState();
  const events: EngineEvent[] = [];
  const engine = new InProcessEngine({
    ...{ programDirectory: fixture(name), stack: "dev", provider: { memory: provider }, state },
    ...options,
  });
  return { engine, provider, state, events, onEvent: (event) => void events.push(event) };
}

/** Starts at most `limit` of the tasks at the same time. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  task: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results[next[0]] = await task(next[1]);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
