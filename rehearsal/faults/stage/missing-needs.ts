import { join } from "node:path";
import { loadApplication } from "../../../contract";
import { loadScripts } from "../../../migrations/script/load-scripts";
import { compareVersions } from "../../../migrations/script/version";
import type { AnyFault, FaultNeed } from "./fault";
import { type FaultStackOptions, runsOnNode } from "./fault-stack";

const REASONS: Readonly<Record<FaultNeed, string>> = {
  "Node.js": "it is injected into services of Node.js, and a tier has user data of its own",
  migrations: "the next version has no expand migrations",
  "in-process engine": "it needs --engine in-process",
};

type RunFacts = Pick<FaultStackOptions, "programDirectory" | "engine" | "versions">;

/** The reason why a fault cannot be injected; undefined if it can. */
export function missingNeed({ needs = [] }: Pick<AnyFault, "needs">, facts: RunFacts): string | undefined {
  const missing = needs.find((need) => !isMet(need, facts));
  return missing && REASONS[missing];
}

function isMet(need: FaultNeed, { programDirectory, engine, versions }: RunFacts): boolean {
  if (need === "Node.js") return runsOnNode(programDirectory);
  if (need === "in-process engine") return engine === "in-process";
  const [from, to] = versions;
  const scripts = loadScripts(join(programDirectory, loadApplication(programDirectory).migrationsDirectory));
  return scripts.some(
    ({ neededBy }) =>
      neededBy !== undefined && compareVersions(neededBy, from) > 0 && compareVersions(neededBy, to) <= 0,
  );
}
