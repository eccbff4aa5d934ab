import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface VersionFault {
  readonly version: string;
  readonly tier: "web" | "app";
  /** Share of the requests that are answered with 500, 0-1. */
  readonly errorShare: number;
  /** Paths that always succeed, so that the version's health checks do not show the fault. */
  readonly healthyPaths: readonly string[];
}

/** Makes one running version of the application answer with errors. */
export interface FaultyVersion {
  /** Environment variables for every instance. */
  readonly environment: Readonly<Record<string, string>>;
  begin(fault: VersionFault): void;
  end(): void;
}

/** `directory` must exist. The instances read the fault from a file in it. */
export function createFaultyVersion(directory: string): FaultyVersion {
  const file = join(directory, "fault.json");
  const preload = join(__dirname, "faulty-service.cjs");
  return {
    environment: { CHANGEOVER_FAULT_FILE: file, NODE_OPTIONS: `--require ${JSON.stringify(preload)}` },
    begin(fault) {
      writeFileSync(`${file}.new`, JSON.stringify(fault));
      renameSync(`${file}.new`, file);
    },
    end: () => rmSync(file, { force: true }),
  };
}
