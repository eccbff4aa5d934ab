import { CliEngine } from "../../engine/cli/cli-engine";
import { loadProject } from "../../engine/program/project";
import { createLoadBalancingClient } from "../../traffic/load-balancing-client";
import { readProductionRule } from "../../traffic/production-rule";
import { readingOf } from "../rule-reading";
import type { ReleaseTools } from "./run-release";
import { isStaleLock } from "./stale-lock";

type OpenedTools = "engine" | "project" | "stack" | "readRule" | "clearStaleLock";

export function openRelease({
  programDirectory,
  stack,
}: {
  readonly programDirectory: string;
  readonly stack: string;
}): Pick<ReleaseTools, OpenedTools> {
  const engine = new CliEngine({ programDirectory, stack });
  return {
    engine,
    project: loadProject(programDirectory).name,
    stack,
    readRule: async (control) => {
      const client = createLoadBalancingClient(control.region);
      try {
        return readingOf(await readProductionRule(client, control.productionRuleArn), control);
      } finally {
        client.destroy();
      }
    },
    clearStaleLock: async (holder) => {
      if (!isStaleLock(holder)) return false;
      await engine.cancel();
      return true;
    },
  };
}
