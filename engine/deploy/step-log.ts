import { inDependencyOrder } from "../state/dependency-order";
import type { Step } from "../state/step";
import { parseUrn } from "../state/urn";
import type { EngineEvent } from "./engine";

export type StepDraft = Omit<Step, "name" | "durationMs" | "error" | "changes" | "replaceReasons"> &
  Partial<Pick<Step, "changes" | "replaceReasons">>;

/** Records the steps of one update and reports each as an event. */
export class StepLog {
  private readonly steps: Step[] = [];
  private readonly dependencies = new Map<string, Iterable<string>>();

  constructor(private readonly onEvent: (event: EngineEvent) => void) {}

  async run<T>(draft: StepDraft, dependencies: Iterable<string>, action: () => Promise<T>): Promise<T> {
    const { name } = parseUrn(draft.urn);
    const step: Step = { changes: [], replaceReasons: [], ...draft, name, durationMs: 0 };
    this.dependencies.set(step.urn, dependencies);
    this.onEvent({ type: "step-start", step });
    const start = performance.now();
    try {
      const result = await action();
      this.end({ ...step, durationMs: Math.round(performance.now() - start) });
      return result;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.end({ ...step, durationMs: Math.round(performance.now() - start), error: message });
      throw error;
    }
  }

  warn(message: string, urn?: string): void {
    this.onEvent({ type: "diagnostic", severity: "warning", message, urn });
  }

  /** Returns the steps in dependency order. Deletes come last, in the order in which they ran. */
  sorted(): Step[] {
    const isDelete = (step: Step) => step.op === "delete";
    const others = this.steps.filter((step) => !isDelete(step));
    return [
      ...inDependencyOrder(others, (step) => this.dependencies.get(step.urn) ?? []),
      ...this.steps.filter(isDelete),
    ];
  }

  get failed(): Step | undefined {
    return this.steps.find((step) => step.error !== undefined);
  }

  private end(step: Step): void {
    this.steps.push(step);
    this.onEvent({ type: "step-end", step });
  }
}
