import { existsSync } from "node:fs";
import { join } from "node:path";
import { type EvaluateOptions, evaluate } from "../../engine/program/evaluate";
import type { Graph } from "../../engine/program/graph";
import { loadProject } from "../../engine/program/project";
import { loadStackConfig } from "../../engine/program/stack-config";
import { mapValues } from "../../engine/values/codec";
import { isRecord, type Properties, Secret, type Value } from "../../engine/values/values";
import type { CheckedOut } from "../checkout/checked-out";
import { queryWithoutCloud } from "./data-sources";
import { type EvaluatedRevision, emptyGraph } from "./evaluated";
import { InactivityTimer } from "./inactivity-timer";
import { outputPlaceholders } from "./output-placeholders";

export interface EvaluateRevisionOptions {
  readonly stack: string;
  readonly signal: AbortSignal;
  readonly timeoutSeconds: number;
  readonly onInactive: (seconds: number) => void;
  /**
   * The graph that counts as deployed: its outputs are the stack's previous ones, and resources that this program would
   * replace get new placeholders. A promise, so that the program loads meanwhile.
   *
   * @default nothing is deployed
   */
  readonly deployed?: Promise<Graph>;
}

export function hasProgram({ programDirectory }: CheckedOut): boolean {
  return ["Pulumi.yaml", "Pulumi.yml"].some((file) => existsSync(join(programDirectory, file)));
}

/**
 * Runs a revision's program without AWS and collects what it declares.
 *
 * Paths in values are made relative to the revision's root, so that two checkouts of the same files have the same values.
 *
 * @throws ProgramError or EngineInputError when the program or its config fails
 */
export async function evaluateRevision(
  { root, workingTree, programDirectory }: CheckedOut,
  { stack, signal, timeoutSeconds, onInactive, deployed }: EvaluateRevisionOptions,
): Promise<EvaluatedRevision> {
  const project = loadProject(programDirectory);
  const config = loadStackConfig(project, stack, { encrypted: "placeholder" });
  // A shared package has its path in the working tree.
  const roots = [root, workingTree];
  const region = config.values["aws:region"];
  const base = deployed ?? Promise.resolve(emptyGraph(project.name, stack));
  const placeholderFor = base.then((graph) => outputPlaceholders(graph));
  const lastOutputs = base.then(({ outputs }) => outputs);
  // The evaluation awaits both when the program needs them; if it does not, a failure is not unhandled.
  for (const promise of [placeholderFor, lastOutputs]) promise.catch(() => undefined);
  const inactivity = new InactivityTimer(timeoutSeconds, onInactive);
  const placeholders: EvaluateOptions["placeholders"] = async (resource) => {
    const placeholdersOf = await placeholderFor;
    inactivity.restart();
    return placeholdersOf({ ...resource, inputs: withoutRoots(resource.inputs, roots) });
  };
  // Until then the program may be waiting for the base.
  base.then(() => inactivity.restart()).catch(() => undefined);
  try {
    const graph = await evaluate({
      ...{ programDirectory, stack, signal, timeoutSeconds, lastOutputs, placeholders },
      dataSources: (token, args) => queryWithoutCloud(token, withoutRoots(args, roots), region),
    });
    const resources = graph.resources.map((each) => ({ ...each, inputs: withoutRoots(each.inputs, roots) }));
    const outputs = withoutRoots(graph.outputs, roots);
    const providerConfig = Object.fromEntries(
      Object.entries(config.values).filter(([key]) => key.startsWith("aws:")),
    );
    return { graph: { ...graph, resources, outputs }, providerConfig };
  } finally {
    inactivity.stop();
  }
}

function withoutRoots(properties: Properties, roots: readonly string[]): Properties {
  const text = (value: string) => roots.reduce((rest, root) => rest.replaceAll(root, "."), value);
  const walk = (value: Value): Value => {
    if (typeof value === "string") return text(value);
    if (value instanceof Secret) return new Secret(walk(value.reveal()));
    if (Array.isArray(value)) return value.map(walk);
    return isRecord(value) ? mapValues(value as Properties, walk) : value;
  };
  return mapValues(properties, walk);
}
