import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { DeferredInvocations, Simulator } from "../../simulator";

const MIGRATION_FUNCTION = /-migrate-/;
/** Result of a run without a script, in the form of the migration function. */
const NOTHING_APPLIED = {
  phase: "expand",
  applied: [],
  scripts: [],
  alreadyApplied: [],
  pending: [],
  more: false,
  durationMs: 0,
};

/** The stack's migration function, called as an operator would, beside the updates of the program. */
export class DatabaseChange {
  private readonly functionName: string;
  private deferred: DeferredInvocations | undefined;

  constructor(private readonly simulator: Simulator) {
    const name = simulator.functionNames().find((each) => MIGRATION_FUNCTION.test(each));
    if (name === undefined) throw new Error("The stack must have a migration function, got none.");
    this.functionName = name;
  }

  /** Runs an update whose migrations are kept back. */
  async keepBack<Result>(update: () => Promise<Result>): Promise<Result> {
    this.deferred = this.simulator.deferFunction(this.functionName, NOTHING_APPLIED);
    try {
      return await update();
    } finally {
      this.deferred.end();
    }
  }

  /** Runs the migrations that were kept back. */
  async runKeptBack(): Promise<void> {
    for (const { qualifier, input } of this.deferred?.invocations ?? []) await this.invoke(input, qualifier);
  }

  async contract(event: {
    readonly through: string;
    readonly serving: readonly { readonly color: string; readonly version: string }[];
    readonly appName: string;
  }): Promise<void> {
    await this.invoke(JSON.stringify({ phase: "contract", mustFinish: true, ...event }));
  }

  /** @throws Error with the function's message if it failed */
  private async invoke(input: string, qualifier?: string): Promise<void> {
    const client = new LambdaClient({
      endpoint: this.simulator.endpoint,
      region: "eu-central-1",
      credentials: { accessKeyId: "rehearsal", secretAccessKey: "rehearsal" },
      maxAttempts: 1,
    });
    try {
      const { FunctionError, Payload } = await client.send(
        new InvokeCommand({
          FunctionName: this.functionName,
          Qualifier: qualifier,
          Payload: Buffer.from(input),
        }),
      );
      if (FunctionError === undefined) return;
      const { errorMessage } = JSON.parse(Buffer.from(Payload ?? []).toString("utf8")) as {
        errorMessage?: string;
      };
      throw new Error(errorMessage ?? FunctionError);
    } finally {
      client.destroy();
    }
  }
}
