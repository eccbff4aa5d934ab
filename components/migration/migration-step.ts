import * as crypto from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { runStep } from "../functions/run-step";
import { validateArgs } from "../validation/validate-args";
import { MigrationPhase, type MigrationStepArgs, migrationStepSpec } from "./migration-step-args";

/**
 * One run of the migrations, as a step of a release.
 *
 * The step runs when it is created and when its scripts, its versions or the Lambda's code change, never in a
 * preview. A backfill that takes longer than one invocation continues in the next one, up to `maxInvocations`. If it
 * is still not finished, or if an invocation fails, the update fails; the next `pulumi up` continues where it
 * stopped.
 *
 * ```ts
 * new MigrationStep("expand", { migration, phase: MigrationPhase.Expand, versions: ["1.1.0"] });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args, including missing args and args of the other phase.
 */
export class MigrationStep extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = migrationStepSpec;

  constructor(name: string, args: MigrationStepArgs, opts?: pulumi.ComponentResourceOptions) {
    const { maxInvocations, applicationName } = validateArgs(MigrationStep, name, args);
    const { migration, phase, versions, through, serving, scripts = {} } = args;
    super("changeover:index:MigrationStep", name, { phase }, opts);
    const inputOf = (mustFinish?: true) =>
      JSON.stringify(
        phase === MigrationPhase.Expand
          ? { phase, versions, mustFinish }
          : { phase, through, serving, mustFinish, appName: applicationName },
      );
    const step = {
      function: migration,
      triggers: { scripts: crypto.createHash("sha256").update(JSON.stringify(scripts)).digest("hex") },
    };
    let dependsOn = opts?.dependsOn;
    for (let number = 1; number < maxInvocations; number++) {
      dependsOn = runStep(this, `${name}-${number}`, { ...step, input: inputOf(), dependsOn });
    }
    // The last invocation has the name of the step, so that a higher `maxInvocations` adds invocations and replaces
    // none.
    const { result } = runStep(this, name, { ...step, input: inputOf(true), dependsOn });
    this.registerOutputs({ result });
  }
}
