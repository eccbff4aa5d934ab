import { existsSync } from "node:fs";
import { join } from "node:path";
import { mapValues } from "../engine/codec";
import { type EvaluateOptions, evaluate } from "../engine/evaluate";
import type { Graph } from "../engine/graph";
import { loadProject } from "../engine/project";
import { loadStackConfig } from "../engine/stack-config";
import { isRecord, type Properties, Secret, type Value } from "../engine/values";
import { emptyGraph } from "./comparison";
import { answerFromConfig, type Unanswered } from "./data-sources";
import type { CheckedOut } from "./revisions";
import { symbolsFor } from "./symbols";

export interface EvaluateRevisionOptions {
  readonly stack: string;
  readonly signal: AbortSignal;
  /**
   * What is deployed, when this is to be compared to it: its outputs are the last ones of the stack, and what it would
   * replace is seen by what depends on it. The program loads meanwhile.
   */
  readonly deployed?: Promise<Graph>;
}

/** Whether the revision has this stack at all: a Pulumi.yaml and, if the other revision has one, the stack's file. */
export function hasProgram({ programDirectory }: CheckedOut): boolean {
  return ["Pulumi.yaml", "Pulumi.yml"].some((file) => existsSync(join(programDirectory, file)));
}

/** Evaluates a revision without a cloud. Paths in its values start at its root, wherever that lies. */
export async function evaluateRevision(
  { root, programDirectory }: CheckedOut,
  { stack, signal, deployed }: EvaluateRevisionOptions,
): Promise<Graph> {
  const project = loadProject(programDirectory);
  const config = loadStackConfig(project, stack, { encrypted: "placeholder" });
  const unanswered: Unanswered[] = [];
  // Without a region in the config the SDK would ask for it; then the answer is a placeholder, too.
  const aws = answerFromConfig(config.values["aws:region"], unanswered);
  const base = deployed ?? Promise.resolve(emptyGraph(project.name, stack));
  const symbols = base.then((graph) => symbolsFor(graph));
  const lastOutputs = base.then(({ outputs }) => outputs);
  // Whoever waits for them hears of it; a program that asks for neither does not.
  for (const promise of [symbols, lastOutputs]) promise.catch(() => undefined);
  const placeholders: EvaluateOptions["placeholders"] = async (resource) =>
    (await symbols)({ ...resource, inputs: relocate(resource.inputs, root) });
  const graph = await evaluate({
    ...{ programDirectory, stack, signal, lastOutputs, placeholders },
    providers: { aws },
  });
  return {
    ...graph,
    resources: graph.resources.map((resource) => ({ ...resource, inputs: relocate(resource.inputs, root) })),
    outputs: relocate(graph.outputs, root),
    placeholders: [...graph.placeholders, ...unanswered.map(({ token }) => ({ token, args: {} }))],
  };
}

/** Takes the folder out of every text, so that two checkouts of the same files have the same values. */
function relocate(properties: Properties, root: string): Properties {
  const text = (value: string) => value.replaceAll(root, ".");
  const walk = (value: Value): Value => {
    if (typeof value === "string") return text(value);
    if (value instanceof Secret) return new Secret(walk(value.reveal()));
    if (Array.isArray(value)) return value.map(walk);
    return isRecord(value) ? mapValues(value as Properties, walk) : value;
  };
  return mapValues(properties, walk);
}
