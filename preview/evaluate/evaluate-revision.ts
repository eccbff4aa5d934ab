import { existsSync } from "node:fs";
import { join } from "node:path";
import { type EvaluateOptions, evaluate } from "../../engine/program/evaluate";
import type { Graph } from "../../engine/program/graph";
import { loadProject } from "../../engine/program/project";
import { loadStackConfig } from "../../engine/program/stack-config";
import { mapValues } from "../../engine/values/codec";
import { isRecord, type Properties, Secret, type Value } from "../../engine/values/values";
import type { CheckedOut } from "../checkout/revisions";
import { emptyGraph, type ProviderConfig } from "../compare/comparison";
import { answerWithoutCloud } from "./data-sources";
import { Quiet } from "./inactivity-timer";
import { symbolsFor } from "./placeholders";

export interface EvaluateRevisionOptions {
  readonly stack: string;
  readonly signal: AbortSignal;
  /** Longest time that the program may go on without asking for a resource. */
  readonly timeoutSeconds: number;
  /** Hears for how long the program has asked for nothing, once that is long. */
  readonly onQuiet: (seconds: number) => void;
  /**
   * What is deployed, when this is to be compared to it: its outputs are the last ones of the stack, and what it would
   * replace is seen by what depends on it. The program loads meanwhile.
   */
  readonly deployed?: Promise<Graph>;
}

/** A revision's program, and where it would be. */
export interface Evaluated {
  readonly graph: Graph;
  /** What the stack's config tells the AWS provider. */
  readonly providerConfig: ProviderConfig;
}

/** Whether the revision has this stack at all: a Pulumi.yaml and, if the other revision has one, the stack's file. */
export function hasProgram({ programDirectory }: CheckedOut): boolean {
  return ["Pulumi.yaml", "Pulumi.yml"].some((file) => existsSync(join(programDirectory, file)));
}

/** Evaluates a revision without a cloud. Paths in its values start at its root, wherever that lies. */
export async function evaluateRevision(
  { root, workingTree, programDirectory }: CheckedOut,
  { stack, signal, timeoutSeconds, onQuiet, deployed }: EvaluateRevisionOptions,
): Promise<Evaluated> {
  const project = loadProject(programDirectory);
  const config = loadStackConfig(project, stack, { encrypted: "placeholder" });
  // Of a package that is shared, a program sees where that really is.
  const roots = [root, workingTree];
  const region = config.values["aws:region"];
  const base = deployed ?? Promise.resolve(emptyGraph(project.name, stack));
  const symbols = base.then((graph) => symbolsFor(graph));
  const lastOutputs = base.then(({ outputs }) => outputs);
  // Whoever waits for them hears of it; a program that asks for neither does not.
  for (const promise of [symbols, lastOutputs]) promise.catch(() => undefined);
  const quiet = new Quiet(timeoutSeconds, onQuiet);
  const placeholders: EvaluateOptions["placeholders"] = async (resource) => {
    const symbol = await symbols;
    quiet.heard();
    return symbol({ ...resource, inputs: relocate(resource.inputs, roots) });
  };
  // Before that, the program may wait for what is deployed.
  base.then(() => quiet.heard()).catch(() => undefined);
  try {
    const graph = await evaluate({
      ...{ programDirectory, stack, signal, timeoutSeconds, lastOutputs, placeholders },
      answers: (token, args) => answerWithoutCloud(token, relocate(args, roots), region),
    });
    const resources = graph.resources.map((each) => ({ ...each, inputs: relocate(each.inputs, roots) }));
    const outputs = relocate(graph.outputs, roots);
    const providerConfig = Object.fromEntries(
      Object.entries(config.values).filter(([key]) => key.startsWith("aws:")),
    );
    return { graph: { ...graph, resources, outputs }, providerConfig };
  } finally {
    quiet.end();
  }
}

/** Takes the folders out of every text, so that two checkouts of the same files have the same values. */
function relocate(properties: Properties, roots: readonly string[]): Properties {
  const text = (value: string) => roots.reduce((rest, root) => rest.replaceAll(root, "."), value);
  const walk = (value: Value): Value => {
    if (typeof value === "string") return text(value);
    if (value instanceof Secret) return new Secret(walk(value.reveal()));
    if (Array.isArray(value)) return value.map(walk);
    return isRecord(value) ? mapValues(value as Properties, walk) : value;
  };
  return mapValues(properties, walk);
}
