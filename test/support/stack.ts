import { resolve } from "node:path";
import type { EngineEvent, UpdateResult } from "../../engine/deploy/engine";
import { InProcessEngine } from "../../engine/deploy/in-process-engine";
import { ProviderCalls } from "../../engine/deploy/provider-calls";
import { evaluate } from "../../engine/program/evaluate";
import type { Graph } from "../../engine/program/graph";
import { type ResourceState, StackState } from "../../engine/state/stack-state";
import type { Step } from "../../engine/state/step";
import { toPlain } from "../../engine/values/codec";
import type { Properties } from "../../engine/values/values";
import { Declared, label } from "./declared";
import { outputsOf, PaperCloud } from "./paper-cloud";

/** The stack of this repository, with an application that does not change with `app/`. */
const PROGRAM = resolve(__dirname, "../applications/records");

export interface ProgramOptions {
  /** @default the program of this repository, with the application of `test/applications/records` */
  readonly directory?: string;
  readonly project?: string;
  readonly stack?: string;
}

/** Config by key without the project's name; keys of other projects have theirs, such as `aws:region`. */
export type Config = Readonly<Record<string, unknown>>;

function fullConfig(config: Config, project = "changeover"): Properties {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.includes(":") ? key : `${project}:${key}`,
      value as Properties[string],
    ]),
  );
}

/** Evaluates a program with the data sources and computed outputs of a paper cloud, or with `isPreview` without a cloud. */
export async function declare(
  config: Config,
  { directory = PROGRAM, project, stack = "dev" }: ProgramOptions = {},
  { isPreview = false, lastOutputs = {} as Properties, cloud = new PaperCloud() } = {},
): Promise<{ graph: Graph; declared: Declared }> {
  const limits = { parallel: 16, timeoutSeconds: 60, signal: new AbortController().signal };
  const graph = await evaluate({
    programDirectory: directory,
    stack,
    config: fullConfig(config, project),
    lastOutputs,
    ...(isPreview
      ? {}
      : {
          providers: new ProviderCalls({ aws: cloud, random: cloud }, limits, directory),
          placeholders: ({ type, name, inputs }) => ({
            id: PaperCloud.idOf(type, name),
            outputs: outputsOf(type, name, toPlain(inputs) as Record<string, unknown>) as Properties,
          }),
        }),
  });
  return { graph, declared: Declared.inGraph(graph) };
}

/** A stack that the in-process engine deploys to a paper cloud. */
export class PaperStack {
  readonly cloud = new PaperCloud();
  readonly events: EngineEvent[] = [];
  private current = new StackState();
  private engine: InProcessEngine;
  private readonly directory: string;
  private readonly project: string;
  private readonly stack: string;

  constructor({ directory = PROGRAM, project = "changeover", stack = "dev" }: ProgramOptions = {}) {
    this.directory = directory;
    this.project = project;
    this.stack = stack;
    this.engine = this.newEngine();
  }

  get state(): StackState {
    return this.current;
  }

  /** Replaces the state by a copy of this one, for instance that of a former version. */
  restore(state: StackState): void {
    this.current = state.copy();
    this.engine = this.newEngine();
  }

  up(config: Config): Promise<UpdateResult> {
    return this.engine.up(this.options(config));
  }

  preview(config: Config): Promise<UpdateResult> {
    return this.engine.preview(this.options(config));
  }

  destroy(): Promise<UpdateResult> {
    return this.engine.destroy();
  }

  /** The resources after the last update. */
  declared(): Declared {
    return Declared.inState(this.current);
  }

  /** Sets outputs and resources of the last update. */
  async remember(outputs: Properties, resources: readonly ResourceState[] = []): Promise<void> {
    this.restore(new StackState({ outputs, resources }));
  }

  outputs(): Promise<Record<string, unknown>> {
    return this.engine.outputs();
  }

  /** The state and all events as JSON, in which secrets are masked. */
  written(): string {
    const { outputs } = this.current;
    return JSON.stringify({ resources: this.current.all(), outputs, events: this.events });
  }

  private newEngine(): InProcessEngine {
    return new InProcessEngine({
      programDirectory: this.directory,
      stack: this.stack,
      provider: { aws: this.cloud, random: this.cloud },
      state: this.current,
    });
  }

  private options(config: Config) {
    const onEvent = (event: EngineEvent) => void this.events.push(event);
    return { config: fullConfig(config, this.project), onEvent };
  }
}

/** Changes of an update, as "update lb/listenerRule:ListenerRule dev-edge-production", sorted. */
export function changesOf({ steps }: { readonly steps: readonly Step[] }): string[] {
  const changing = steps.filter(({ op, replaced }) => op !== "same" && op !== "read" && !replaced);
  return changing.map((step) => `${step.op} ${label(step)}`).sort();
}
