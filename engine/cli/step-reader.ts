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

/**
 * Operations of the CLI's steps. The CLI splits a replacement into three steps; its step `replace` does nothing and
 * is left out.
 */
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

/** Converts the events of one run of the CLI to the steps and events of an `Engine`. */
export class StepReader {
  private readonly ended = new Map<string, Step>();
  readonly errors: { readonly message: string; readonly urn?: string }[] = [];
  /** The stack's registered outputs. Secrets are marked, but their content is masked. */
  outputs: Properties = {};
  private readonly started = new Map<string, number>();

  constructor(
    private readonly onEvent: (event: EngineEvent) => void,
    private readonly preview: boolean,
    private readonly directory: string,
  ) {}

  read(event: CliEvent): void {
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
    if (resourcePreEvent) this.start(resourcePreEvent.metadata);
    if (resOutputsEvent) this.end(resOutputsEvent.metadata);
    if (resOpFailedEvent) this.end(resOpFailedEvent.metadata, true);
    if (diagnosticEvent && !diagnosticEvent.ephemeral) this.diagnose(diagnosticEvent);
  }

  /** Finished and failed steps in the order in which they started, which is dependency order with deletes last. */
  get steps(): Step[] {
    const ended = [...this.started.keys()].flatMap((key) => this.ended.get(key) ?? []);
    const last = (step: Step) => step.op === "delete";
    return [...ended.filter((step) => !last(step)), ...ended.filter(last)];
  }

  get failed(): Step | undefined {
    return this.steps.find((step) => step.error !== undefined);
  }

  private start(metadata: StepEventMetadata): void {
    const step = this.toStep(metadata);
    if (step === undefined) return;
    this.started.set(keyOf(metadata), performance.now());
    // A refresh counts as a step only if it finds a difference.
    if (step.op !== "refresh") this.onEvent({ type: "step-start", step });
  }

  private end(metadata: StepEventMetadata, failed = false): void {
    if (metadata.type === STACK_TYPE && metadata.op !== "refresh" && metadata.new)
      this.outputs = this.readProperties(metadata.new.outputs);
    const draft = this.toStep(metadata);
    if (draft === undefined || (draft.op === "refresh" && draft.changes.length === 0 && !failed)) return;
    const key = keyOf(metadata);
    // In a preview, the stack ends twice: after its registration and after the registration of its outputs.
    if (this.ended.has(key)) return;
    const started = this.started.get(key) ?? performance.now();
    // Components get no duration, because it would include that of their children.
    const timed = draft.custom && !this.preview;
    const durationMs = timed ? Math.round(performance.now() - started) : 0;
    const step = { ...draft, durationMs, ...(failed ? { error: this.reason(metadata.urn) } : {}) };
    this.ended.set(key, step);
    this.onEvent({ type: "step-end", step });
  }

  private reason(urn: string): string {
    const about = this.errors.filter((error) => error.urn === urn).map(({ message }) => message);
    return about.join("\n") || "The CLI reported no reason.";
  }

  private diagnose({ severity, message, urn }: NonNullable<CliEvent["diagnosticEvent"]>): void {
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

  /** Undefined for resources that the program did not declare, such as the CLI's default providers. */
  private toStep(metadata: StepEventMetadata): Step | undefined {
    const { urn, type } = metadata;
    const op = OPERATIONS[metadata.op];
    const { name } = parseUrn(urn);
    const added = providerPackage(type) !== undefined && name.startsWith("default");
    const state = metadata.new ?? metadata.old;
    if (op === undefined || state === undefined || added || type === STACK_REFERENCE_TYPE) return undefined;
    const changes = this.changes(op, metadata);
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

  private changes(op: Operation, metadata: StepEventMetadata): PropertyChange[] {
    const { old, new: next, detailedDiff } = metadata;
    if (old === undefined || next === undefined) return [];
    if (op === "refresh") return this.differences(old.outputs, next.outputs, () => false);
    if (op !== "update" && op !== "replace") return [];
    const details = Object.entries(detailedDiff ?? {});
    const forces = (path: string) =>
      details.some(([each, { diffKind }]) => diffKind.endsWith("-replace") && startsWith(path, each)) ||
      (details.length === 0 && (metadata.keys ?? []).some((key) => startsWith(path, key)));
    const found = this.differences(old.inputs, next.inputs, forces);
    // Secrets are masked in events, so only the provider's diff shows that a secret has changed.
    const hidden = details.filter(([path]) => !found.some((change) => startsWith(change.path, path)));
    const secrets = hidden.flatMap(([path, { diffKind }]) =>
      this.secretChanges(path, diffKind, { old, next }),
    );
    return [...found, ...secrets].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  private differences(old: object, next: object, forces: (path: string) => boolean): PropertyChange[] {
    return diffValues(this.readProperties(old), this.readProperties(next)).map((change) =>
      toPropertyChange(change, forces(formatPath(change.path))),
    );
  }

  private secretChanges(
    path: string,
    diffKind: string,
    { old, next }: { old: StepEventStateMetadata; next: StepEventStateMetadata },
  ): PropertyChange[] {
    const [before, after] = [old.inputs, next.inputs].map((inputs) => at(this.readProperties(inputs), path));
    if (!containsSecret(before ?? null) && !containsSecret(after ?? null)) return [];
    const kind = diffKind.replace("-replace", "") as PropertyChange["kind"];
    const shown = {
      ...(kind === "add" ? {} : { old: MASKED }),
      ...(kind === "delete" ? {} : { new: MASKED }),
    };
    return [{ path, kind, ...shown, secret: true, forcesReplacement: diffKind.endsWith("-replace") }];
  }

  private readProperties(wire: object): Properties {
    return propertiesFromWire(wire, this.directory);
  }
}

/** The id is part of the key, because one run can delete several old resources with the same URN. */
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
