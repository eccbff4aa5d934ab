import { inDependencyOrder } from "../state/dependency-order";
import type { Step } from "../state/step";
import { parseUrn } from "../state/urn";
import type { EngineEvent } from "./engine";

export type StepDraft = Omit<Step, "name" | "durationMs" | "error" | "changes" | "replaceReasons"> &
  Partial<Pick<Step, "changes" | "replaceReasons">>;

/** Keeps what was done, and tells whoever listens while it happens. */
export class StepLog {
  readonly #steps: Step[] = [];
  readonly #dependencies = new Map<string, Iterable<string>>();

  constructor(private readonly onEvent: (event: EngineEvent) => void) {}

  /** Does one step and records how it went. An error is recorded and thrown on. */
  async run<T>(draft: StepDraft, dependencies: Iterable<string>, action: () => Promise<T>): Promise<T> {
    const { name } = parseUrn(draft.urn);
    const step: Step = { changes: [], replaceReasons: [], ...draft, name, durationMs: 0 };
    this.#dependencies.set(step.urn, dependencies);
    this.onEvent({ type: "step-start", step });
    const start = performance.now();
    try {
      const result = await action();
      this.#end({ ...step, durationMs: Math.round(performance.now() - start) });
      return result;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#end({ ...step, durationMs: Math.round(performance.now() - start), error: message });
      throw error;
    }
  }

  warn(message: string, urn?: string): void {
    this.onEvent({ type: "diagnostic", severity: "warning", message, urn });
  }

  /** All steps, deletes last and as they were made. */
  sorted(): Step[] {
    const last = (step: Step) => step.op === "delete";
    const made = this.#steps.filter((step) => !last(step));
    return [
      ...inDependencyOrder(made, (step) => this.#dependencies.get(step.urn) ?? []),
      ...this.#steps.filter(last),
    ];
  }

  get failed(): Step | undefined {
    return this.#steps.find((step) => step.error !== undefined);
  }

  #end(step: Step): void {
    this.#steps.push(step);
    this.onEvent({ type: "step-end", step });
  }
}
