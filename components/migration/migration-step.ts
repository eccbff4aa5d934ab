import * as crypto from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { runStep } from "../functions/run-step";
import { validateArgs } from "../validation/validate-args";
import {
  type MigrationLoginArgs,
  MigrationPhase,
  type MigrationStepArgs,
  migrationStepSpec,
} from "./migration-step-args";

/**
 * One run of the migrations, as a step of a release.
 *
 * The step runs when it is created and when its scripts, its versions or the Lambda's code change, never in a
 * preview. A backfill that takes longer than one invocation continues in the next one, up to `maxInvocations`. If it
 * is still not finished, or if an invocation fails, the update fails; the next `pulumi up` continues where it
 * stopped.
 *
 * ```ts
 * new MigrationStep("expand", { migration, phase: MigrationPhase.Expand, versions: ["1.1.0"], logins: [green] });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args, including missing args and args of the other phase.
 */
export class MigrationStep extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = migrationStepSpec;

  constructor(name: string, args: MigrationStepArgs, opts?: pulumi.ComponentResourceOptions) {
    const { maxInvocations, applicationName } = validateArgs(MigrationStep, name, args, opts);
    const { migration, phase, scripts = {} } = args;
    super("changeover:index:MigrationStep", name, { phase }, opts);
    // Only the first invocation sets the logins, so that a changed login repeats only that one.
    const inputOf = (isFirst: boolean, mustFinish?: true) =>
      eventOf({ ...args, applicationName, logins: isFirst ? args.logins : args.logins && [] }, mustFinish);
    const step = {
      function: migration,
      kind: "migrate" as const,
      triggers: { scripts: crypto.createHash("sha256").update(JSON.stringify(scripts)).digest("hex") },
    };
    let dependsOn = opts?.dependsOn;
    for (let number = 1; number < maxInvocations; number++) {
      dependsOn = runStep(this, `${name}-${number}`, { ...step, input: inputOf(number === 1), dependsOn });
    }
    // The last invocation has the name of the step, so that a higher `maxInvocations` adds invocations and replaces
    // none.
    const { result } = runStep(this, name, {
      ...step,
      input: inputOf(maxInvocations === 1, true),
      dependsOn,
    });
    this.registerOutputs({ result });
  }
}

/**
 * The event of the function, as JSON. An omitted arg adds no key, so that a new version of the package does not
 * repeat deployed steps.
 */
function eventOf(
  { phase, versions, through, serving, logins, retiredRoles, applicationName }: MigrationStepArgs,
  mustFinish: true | undefined,
): pulumi.Input<string> {
  switch (phase) {
    case MigrationPhase.Expand:
      return logins === undefined
        ? JSON.stringify({ phase, versions, mustFinish })
        : pulumi.jsonStringify({ phase, versions, mustFinish, logins: logins.map(loginOf) });
    case MigrationPhase.Contract:
      return JSON.stringify({ phase, through, serving, mustFinish, appName: applicationName, retiredRoles });
    case MigrationPhase.Retire:
      return JSON.stringify({ phase, retiredRoles });
  }
}

/** Omits the other properties of a `DatabaseLogin`. */
function loginOf({ secretArn, secretVersionId }: MigrationLoginArgs): MigrationLoginArgs {
  return { secretArn, secretVersionId };
}
