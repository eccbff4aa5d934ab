import { join } from "node:path";
import type { MigrationRequest } from "../../../migrations/runner/plan";
import { runMigrations } from "../../../migrations/runner/runner";
import { loadScripts } from "../../../migrations/script/load-scripts";
import type { System } from "./system";

const scripts = loadScripts(join(__dirname, "../../migrations"));

async function run({ postgres, secrets }: System, request: MigrationRequest): Promise<readonly string[]> {
  const { host, port, database, user, password } = postgres;
  const connection = { host, port, database, user, password, tls: "off" } as const;
  const { applied } = await runMigrations({ connection, scripts, request, appRole: secrets.credentials });
  return applied;
}

/** Runs the expand scripts that these versions need. @returns the applied ones */
export function expand(system: System, ...versions: string[]): Promise<readonly string[]> {
  return run(system, { phase: "expand", versions });
}

/** Runs the contract scripts that are allowed once every color is at `version`. */
export function contract(system: System, version: string): Promise<readonly string[]> {
  const through = scripts.filter(({ deadFrom }) => deadFrom === version).at(-1)?.id ?? "";
  const serving = [{ color: "blue", version }];
  return run(system, { phase: "contract", through, serving, appName: "changeover" });
}
