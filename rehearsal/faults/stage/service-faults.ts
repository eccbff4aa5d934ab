import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TierName } from "../../../contract";

/** The services that a fault concerns. An attribute that is not given matches all. */
interface FaultyServices {
  readonly tier?: TierName;
  readonly color?: string;
  readonly version?: string;
}

/** A fault inside the processes of services. Only services of Node.js can have one. */
export type ServiceFault = FaultyServices &
  (
    | {
        readonly kind: "errors";
        /** Share of the requests that are answered with 500, 0-1. */
        readonly share: number;
        /** Paths that behave as usual, so that health checks do not show the fault. */
        readonly healthyPaths: readonly string[];
      }
    | { readonly kind: "slow"; readonly delayMs: number; readonly healthyPaths: readonly string[] }
    /** The process exits with an error as soon as it starts. */
    | { readonly kind: "crash" }
    /** The clock of the process is ahead by this time. */
    | { readonly kind: "clock"; readonly aheadSeconds: number }
    /** Each request opens one more connection to the database, and leaves it open. */
    | { readonly kind: "leak"; readonly database: LeakedDatabase; readonly healthyPaths: readonly string[] }
  );

export interface LeakedDatabase {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface ServiceFaults {
  /** Environment variables for every instance. */
  readonly environment: Readonly<Record<string, string>>;
  /** Replaces the present faults; they take effect within 0.1 s. Without arguments, all faults end. */
  set(...faults: ServiceFault[]): void;
}

/** `directory` must exist. The instances read the faults from a file in it. */
export function createServiceFaults(directory: string): ServiceFaults {
  const file = join(directory, "service-faults.json");
  const preload = join(__dirname, "faulty-service.cjs");
  const set: ServiceFaults["set"] = (...faults) => {
    // It may contain the password of a login.
    writeFileSync(`${file}.new`, JSON.stringify(faults), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  set();
  return {
    environment: { CHANGEOVER_FAULT_FILE: file, NODE_OPTIONS: `--require ${JSON.stringify(preload)}` },
    set,
  };
}
