import type { Engine, UpdateResult } from "../../engine/deploy/engine";
import type { FunctionInvocation, Simulator } from "../../simulator";
import type { RecordedStep, RunRecord } from "../report/run-record";
import { AlarmLog } from "./alarm-log";
import { InstanceLog } from "./instance-log";
import { type DeclaredLocks, functionFacts } from "./observed-functions";
import { type StackView, stackViewOf } from "./stack-view";

export interface StepTitle {
  readonly kind: RecordedStep["kind"];
  readonly title: string;
}

/** Collects what happens in a simulated stack during a run, for its record. */
export class RunLog {
  readonly steps: RecordedStep[] = [];
  private readonly instances: InstanceLog;
  private readonly alarms: AlarmLog;
  private invocations: FunctionInvocation[] = [];
  private view: StackView = {};

  constructor(
    simulator: Pick<Simulator, "events" | "instances">,
    private readonly engine: Pick<Engine, "outputs">,
    private readonly locks: DeclaredLocks,
  ) {
    this.instances = new InstanceLog(simulator);
    this.alarms = new AlarmLog(simulator);
    simulator.events.on("invocation", (invocation) => this.invocations.push(invocation));
  }

  /**
   * Runs a step and records it, also if it fails.
   *
   * @param work resolves to the result of its update, or to undefined if it is no update
   * @throws the error of `work`
   */
  async step(
    { kind, title }: StepTitle,
    work: () => Promise<UpdateResult | undefined>,
  ): Promise<RecordedStep> {
    const startedAt = new Date().toISOString();
    const before = this.view;
    this.invocations = [];
    try {
      const result = await work();
      return await this.end({ kind, title, startedAt }, before, { changes: result?.changes });
    } catch (error) {
      await this.end({ kind, title, startedAt }, before, { error: (error as Error).message });
      throw error;
    }
  }

  /** The parts of the record that this log has collected. */
  recorded(): Pick<RunRecord, "steps" | "alarms" | "instances"> {
    const [instances, alarms] = [this.instances.recorded(), this.alarms.recorded()];
    return {
      steps: [...this.steps],
      ...(alarms.length > 0 ? { alarms } : {}),
      ...(instances.length > 0 ? { instances } : {}),
    };
  }

  stop(): void {
    this.instances.stop();
  }

  private async end(
    start: StepTitle & Pick<RecordedStep, "startedAt">,
    before: StackView,
    { changes, error }: Partial<Pick<RecordedStep, "changes" | "error">>,
  ): Promise<RecordedStep> {
    const endedAt = new Date().toISOString();
    this.view = stackViewOf(await this.engine.outputs().catch(() => ({})));
    const { traffic, rollback } = this.view;
    const step: RecordedStep = {
      ...start,
      endedAt,
      ...(changes === undefined ? {} : { changes }),
      ...(before.traffic === undefined ? {} : { trafficBefore: before.traffic }),
      ...(traffic === undefined ? {} : { trafficAfter: traffic }),
      ...functionFacts(this.invocations, this.locks),
      ...(rollback === undefined ? {} : { rollback }),
      ...(error === undefined ? {} : { error }),
    };
    this.steps.push(step);
    return step;
  }
}
