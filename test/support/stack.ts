import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { EngineEvent, UpdateResult } from "../../engine/deploy/engine";
import { InProcessEngine } from "../../engine/deploy/in-process-engine";
import { evaluate } from "../../engine/program/evaluate";
import type { Graph } from "../../engine/program/graph";
import { type ResourceState, StackState } from "../../engine/state/stack-state";
import { StateFile } from "../../engine/state/state-file";
import type { Step } from "../../engine/state/step";
import { toPlain } from "../../engine/values/codec";
import type { Properties } from "../../engine/values/values";
import { Declared, label } from "./declared";
import { outputsOf, PaperCloud } from "./paper-cloud";

const REPOSITORY = resolve(__dirname, "../..");

export interface ProgramOptions {
  /** Default: the repository, which is the program. */
  readonly directory?: string;
  readonly project?: string;
  readonly stack?: string;
}

/** Config keys without the project's name; objects as themselves. */
export type Config = Readonly<Record<string, unknown>>;

function fullConfig(config: Config, project = "changeover"): Properties {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [`${project}:${key}`, value as Properties[string]]),
  );
}

/** What the program declares with this config on a cloud that answers; with `isPreview`, on one that does not exist. */
export async function declare(
  config: Config,
  { directory = REPOSITORY, project, stack = "dev" }: ProgramOptions = {},
  { isPreview = false, lastOutputs = {} as Properties, cloud = new PaperCloud() } = {},
): Promise<{ graph: Graph; declared: Declared }> {
  const graph = await evaluate({
    programDirectory: directory,
    stack,
    config: fullConfig(config, project),
    lastOutputs,
    ...(isPreview
      ? {}
      : {
          providers: { aws: cloud, random: cloud },
          placeholders: ({ type, name, inputs }) => ({
            id: PaperCloud.idOf(type, name),
            outputs: outputsOf(type, name, toPlain(inputs) as Record<string, unknown>) as Properties,
          }),
        }),
  });
  return { graph, declared: Declared.inGraph(graph) };
}

/** A stack on a cloud on paper: what is declared is made, remembered and compared. */
export class PaperStack {
  readonly cloud = new PaperCloud();
  readonly events: EngineEvent[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "changeover-paper-"));
  readonly #key = "correct horse";
  readonly #engine: InProcessEngine;
  readonly #project: string;
  readonly #stack: string;

  constructor({ directory = REPOSITORY, project = "changeover", stack = "dev" }: ProgramOptions = {}) {
    this.#project = project;
    this.#stack = stack;
    this.#engine = new InProcessEngine({
      programDirectory: directory,
      stack,
      provider: { aws: this.cloud, random: this.cloud },
      stateFile: this.stateFile,
      encryptionKey: this.#key,
    });
  }

  get stateFile(): string {
    return join(this.#folder, "state.json");
  }

  async up(config: Config): Promise<UpdateResult> {
    return this.#engine.up(this.#options(config));
  }

  async preview(config: Config): Promise<UpdateResult> {
    return this.#engine.preview(this.#options(config));
  }

  async destroy(): Promise<UpdateResult> {
    return this.#engine.destroy();
  }

  /** What the last update left. */
  declared(): Declared {
    return Declared.inState(this.#state().load());
  }

  /** Makes it a stack whose last update had these outputs and resources. */
  remember(outputs: Properties, resources: readonly ResourceState[] = []): Promise<void> {
    return this.#state().save(new StackState({ outputs, resources }));
  }

  async outputs(): Promise<Record<string, unknown>> {
    return this.#engine.outputs();
  }

  /** Everything that was written or shown so far: the state, the outputs, the events. */
  written(): string {
    return readFileSync(this.stateFile, "utf8") + JSON.stringify(this.events);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #state(): StateFile {
    const names = { project: this.#project, stack: this.#stack, encryptionKey: this.#key };
    return new StateFile(this.stateFile, names);
  }

  #options(config: Config) {
    const onEvent = (event: EngineEvent) => void this.events.push(event);
    return { config: fullConfig(config, this.#project), onEvent };
  }
}

/** What an update changed, as "update lb/listenerRule:ListenerRule dev-edge-production", sorted. */
export function changesOf({ steps }: { readonly steps: readonly Step[] }): string[] {
  const changing = steps.filter(({ op, replaced }) => op !== "same" && op !== "read" && !replaced);
  return changing.map((step) => `${step.op} ${label(step)}`).sort();
}
