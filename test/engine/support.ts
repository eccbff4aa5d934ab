import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent } from "../../engine/deploy/engine";
import { InProcessEngine, type InProcessOptions } from "../../engine/deploy/in-process-engine";
import { MemoryProvider } from "./memory-provider";

export function fixture(name: string): string {
  return join(__dirname, "fixtures", name);
}

const cleanups: (() => void)[] = [];

/** Call in a suite: removes what its tests have made. */
export function cleanUpAfterEach(): void {
  afterEach(() => {
    for (const cleanUp of cleanups.splice(0)) cleanUp();
  });
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "changeover-engine-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Bench {
  readonly engine: InProcessEngine;
  readonly provider: MemoryProvider;
  readonly events: EngineEvent[];
  readonly stateFile: string;
  readonly onEvent: (event: EngineEvent) => void;
}

/** An engine for a fixture with a provider in memory. */
export function bench(name: string, options: Partial<InProcessOptions> = {}): Bench {
  const folder = temporaryFolder();
  const provider = new MemoryProvider();
  const events: EngineEvent[] = [];
  const stateFile = options.stateFile ?? join(folder, "state", "dev.json");
  const engine = new InProcessEngine({
    programDirectory: fixture(name),
    stack: "dev",
    provider: { memory: provider },
    encryptionKey: "correct horse",
    ...options,
    stateFile,
  });
  return { engine, provider, events, stateFile, onEvent: (event) => events.push(event) };
}
