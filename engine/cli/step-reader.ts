import type {
  EngineEvent as CliEvent,
  StepEventMetadata,
  StepEventStateMetadata,
} from "@pulumi/pulumi/automation";
import type { EngineEvent } from "../deploy/engine";
import type { Operation, Step } from "../state/step";
import { parseUrn, providerPackage, STACK_REFERENCE_TYPE, STACK_TYPE } from "../state/urn";
import { propertiesFromWire } from "../values/codec";
import { diffValues, type PropertyChange, toPropertyChange } from "../values/property-diff";
import { formatPath, parsePath } from "../values/property-path";
import { containsSecret, MASKED, type Properties, Secret, type Value } from "../values/values";

/** The CLI makes three steps of a replacement: `replace` only says that the other two belong together. */
const OPERATIONS: Readonly<Partial<Record<string, Operation>>> = {
  same: "same",
  create: "create",
  update: "update",
  "create-replacement": "replace",
  delete: "delete",
  "delete-replaced": "delete",
  "discard-replaced": "delete",
  read: "read",
  "read-replacement": "read",
  refresh: "refresh",
  import: "import",
  "import-replacement": "import",
};

/** Turns the events of one run of the CLI into the steps and events of an `Engine`. */
export class StepReader {
  readonly #steps = new Map<string, Step>();
  /** What made the run fail, in the CLI's words; `urn` is the resource that it is about. */
  readonly errors: { readonly message: string; readonly urn?: string }[] = [];
  /** The stack's outputs as the program registered them. Secrets are marked, and empty. */
  outputs: Properties = {};
  readonly #started = new Map<string, number>();

  constructor(
    private readonly onEvent: (event: EngineEvent) => void,
    private readonly preview: boolean,
    /** Where relative asset paths start. */
    private readonly directory: string,
  ) {}

  read(event: CliEvent): void {
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
    if (resourcePreEvent) this.#start(resourcePreEvent.metadata);
    if (resOutputsEvent) this.#end(resOutputsEvent.metadata);
    if (resOpFailedEvent) this.#end(resOpFailedEvent.metadata, true);
    if (diagnosticEvent && !diagnosticEvent.ephemeral) this.#diagnose(diagnosticEvent);
  }

  /** Done and failed, in the order in which they began, which is one of dependencies; deletes last. */
  get steps(): Step[] {
    const ended = [...this.#started.keys()].flatMap((key) => this.#steps.get(key) ?? []);
    const last = (step: Step) => step.op === "delete";
    return [...ended.filter((step) => !last(step)), ...ended.filter(last)];
  }

  /** The first resource that failed. */
  get failed(): Step | undefined {
    return this.steps.find((step) => step.error !== undefined);
  }

  #start(metadata: StepEventMetadata): void {
    const step = this.#step(metadata);
    if (step === undefined) return;
    this.#started.set(keyOf(metadata), performance.now());
    // Which refreshes find a difference shows only at their end.
    if (step.op !== "refresh") this.onEvent({ type: "step-start", step });
  }

  #end(metadata: StepEventMetadata, failed = false): void {
    if (metadata.type === STACK_TYPE && metadata.op !== "refresh" && metadata.new)
      this.outputs = this.#properties(metadata.new.outputs);
    const draft = this.#step(metadata);
    if (draft === undefined || (draft.op === "refresh" && draft.changes.length === 0 && !failed)) return;
    const key = keyOf(metadata);
    // A preview tells of the stack twice: when it is registered, and when its outputs are.
    if (this.#steps.has(key)) return;
    const started = this.#started.get(key) ?? performance.now();
    // Components last as long as their children; they take no time themselves.
    const timed = draft.custom && !this.preview;
    const durationMs = timed ? Math.round(performance.now() - started) : 0;
    const step = { ...draft, durationMs, ...(failed ? { error: this.#reason(metadata.urn) } : {}) };
    this.#steps.set(key, step);
    this.onEvent({ type: "step-end", step });
  }

  #reason(urn: string): string {
    const about = this.errors.filter((error) => error.urn === urn).map(({ message }) => message);
    return about.join("\n") || "The CLI gave no reason.";
  }

  #diagnose({ severity, message, urn }: NonNullable<CliEvent["diagnosticEvent"]>): void {
    const text = message.trim();
    const about = urn === "" ? undefined : urn;
    if (severity === "error") {
      this.errors.push({ message: text, urn: about });
      this.onEvent({ type: "diagnostic", severity, message: text, urn: about });
    } else if (severity === "info" || severity === "warning") {
      this.onEvent({ type: "log", severity, message: text, urn: about });
    } else if (severity === "info#err") {
      this.onEvent({ type: "output", stream: "stderr", text: message });
    }
  }

  /** Undefined for what no program declared: providers that the CLI adds by itself, and its own bookkeeping. */
  #step(metadata: StepEventMetadata): Step | undefined {
    const { urn, type } = metadata;
    const op = OPERATIONS[metadata.op];
    const { name } = parseUrn(urn);
    const added = providerPackage(type) !== undefined && name.startsWith("default");
    const state = metadata.new ?? metadata.old;
    if (op === undefined || state === undefined || added || type === STACK_REFERENCE_TYPE) return undefined;
    const changes = this.#changes(op, metadata);
    const forcing = changes.filter((change) => change.forcesReplacement).map(({ path }) => path);
    const others = (metadata.keys ?? []).filter((key) => !forcing.some((path) => startsWith(path, key)));
    return {
      op,
      urn,
      type,
      name,
      parent: state.parent || undefined,
      custom: state.custom === true,
      changes,
      replaceReasons: op === "replace" ? [...forcing, ...others] : [],
      protect: op !== "delete" && state.protect === true,
      ...(metadata.op === "delete-replaced" || metadata.op === "discard-replaced" ? { replaced: true } : {}),
      durationMs: 0,
    };
  }

  #changes(op: Operation, metadata: StepEventMetadata): PropertyChange[] {
    const { old, new: next, detailedDiff } = metadata;
    if (old === undefined || next === undefined) return [];
    if (op === "refresh") return this.#differences(old.outputs, next.outputs, () => false);
    if (op !== "update" && op !== "replace") return [];
    const details = Object.entries(detailedDiff ?? {});
    const forces = (path: string) =>
      details.some(([each, { diffKind }]) => diffKind.endsWith("-replace") && startsWith(path, each)) ||
      (details.length === 0 && (metadata.keys ?? []).some((key) => startsWith(path, key)));
    const found = this.#differences(old.inputs, next.inputs, forces);
    // Two secrets look the same here; that they differ stands in the provider's own words.
    const hidden = details.filter(([path]) => !found.some((change) => startsWith(change.path, path)));
    const secrets = hidden.flatMap(([path, { diffKind }]) => this.#hidden(path, diffKind, { old, next }));
    return [...found, ...secrets].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #differences(old: object, next: object, forces: (path: string) => boolean): PropertyChange[] {
    return diffValues(this.#properties(old), this.#properties(next)).map((change) =>
      toPropertyChange(change, forces(formatPath(change.path))),
    );
  }

  #hidden(
    path: string,
    diffKind: string,
    { old, next }: { old: StepEventStateMetadata; next: StepEventStateMetadata },
  ): PropertyChange[] {
    const [before, after] = [old.inputs, next.inputs].map((inputs) => at(this.#properties(inputs), path));
    if (!containsSecret(before ?? null) && !containsSecret(after ?? null)) return [];
    const kind = diffKind.replace("-replace", "") as PropertyChange["kind"];
    const shown = {
      ...(kind === "add" ? {} : { old: MASKED }),
      ...(kind === "delete" ? {} : { new: MASKED }),
    };
    return [{ path, kind, ...shown, secret: true, forcesReplacement: diffKind.endsWith("-replace") }];
  }

  #properties(wire: object): Properties {
    return propertiesFromWire(wire, this.directory);
  }
}

/** Several old ones of one URN can be deleted in one run. */
function keyOf({ op, urn, old }: StepEventMetadata): string {
  return `${op} ${urn} ${old?.id ?? ""}`;
}

function startsWith(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`);
}

function at(properties: Properties, path: string): Value | undefined {
  return parsePath(path).reduce<Value | undefined>((value, key) => {
    const inner = value instanceof Secret ? value.reveal() : value;
    if (value instanceof Secret && typeof inner !== "object") return value;
    return (inner as Record<string | number, Value> | undefined | null)?.[key];
  }, properties);
}
