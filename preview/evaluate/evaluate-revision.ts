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
   * The graph that counts as deployed. Its outputs are the stack's previous outputs, and the resources that this
   * program would replace get new placeholders. While the promise is pending, the program already loads.
   *
   * @default nothing is deployed
   */
  readonly deployed?: Promise<Graph>;
  /** Config that overrides the stack's file. An undefined value removes a key. */
  readonly overrides?: Readonly<Record<string, string | undefined>>;
}

export function hasProgram({ programDirectory }: CheckedOut): boolean {
  return ["Pulumi.yaml", "Pulumi.yml"].some((file) => existsSync(join(programDirectory, file)));
}

/**
 * Evaluates a revision's program without AWS, and returns the graph of its resources.
 *
 * Paths in values are made relative to the revision's root, so that equal files in two checkouts have equal values.
 *
 * @throws ProgramError or EngineInputError if the program or its config fails
 */
export async function evaluateRevision(
  { root, workingTree, programDirectory }: CheckedOut,
  { stack, signal, timeoutSeconds, onInactive, deployed, overrides }: EvaluateRevisionOptions,
): Promise<EvaluatedRevision> {
  const project = loadProject(programDirectory);
  const config = loadStackConfig(project, stack, { overrides, encrypted: "placeholder" });
  // Packages that are shared with the working tree have paths there.
  const roots = [root, workingTree];
  const region = config.values["aws:region"];
  const base = deployed ?? Promise.resolve(emptyGraph(project.name, stack));
  const placeholderFor = base.then((graph) => outputPlaceholders(graph));
  const lastOutputs = base.then(({ outputs }) => outputs);
  // A program may end without using these promises. Their rejection must then not count as unhandled.
  for (const promise of [placeholderFor, lastOutputs]) promise.catch(() => undefined);
  const inactivity = new InactivityTimer(timeoutSeconds, onInactive);
  const placeholders: EvaluateOptions["placeholders"] = async (resource) => {
    const placeholdersOf = await placeholderFor;
    inactivity.restart();
    return placeholdersOf({ ...resource, inputs: withoutRoots(resource.inputs, roots) });
  };
  // Waiting for the base revision does not count as inactivity.
  base.then(() => inactivity.restart()).catch(() => undefined);
  try {
    const graph = await evaluate({
      ...{ programDirectory, stack, signal, timeoutSeconds, lastOutputs, placeholders, config: overrides },
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
