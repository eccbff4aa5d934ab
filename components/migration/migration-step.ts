import * as crypto from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { Color } from "../fleet/color";
import { checkStepFunction, type StepFunctionArgs } from "../functions/lambda-function";
import { runStep } from "../functions/step";
import {
  check,
  checkWhole,
  InvalidArgumentError,
  isStandIn,
  type Rule,
  text,
} from "../validation/invalid-argument";
import { VERSION } from "../validation/rules";
import { checkShape } from "../validation/shape";

/** A color that can serve, and what it runs. */
export interface ServingColorArgs {
  /** Which color. */
  color: Color;
  /** The release it runs: three numbers such as 1.2.3, and with a pre-release 1.2.3-rc.1. */
  version: string;
}

export interface MigrationStepArgs {
  /** Which function runs: a `Migration`, or its two outputs. */
  migration: StepFunctionArgs;
  /** `expand`: what the versions need. `contract`: what no version needs any more. */
  phase: MigrationPhase;
  /**
   * Expand: the versions that the colors run, three numbers such as 1.2.3, and with a pre-release 1.2.3-rc.1; every
   * script that one of them needs is applied. Default: none, which this phase refuses; the other takes none.
   */
  versions?: string[];
  /**
   * Contract: the last script to apply, e.g. `0002_split_name`. Default: none, which this phase refuses; the other
   * takes none.
   */
  through?: string;
  /**
   * Contract: the colors that can serve, one or more; the function looks again whether they need what goes. Default:
   * none, which this phase refuses.
   */
  serving?: ServingColorArgs[];
  /**
   * Contract: what the application's connections call themselves, `<applicationName>:<color>:<version>` in
   * `application_name`; the step waits until none is left of a version before. Printable characters without a colon, so
   * many that color and version fit behind them into the 63 bytes that Postgres keeps. Default: `changeover`.
   */
  applicationName?: string;
  /**
   * The SHA-256 of each script that this step may run, by its name, so that a preview shows when they change. Default:
   * none; a changed folder makes a new version of the function, and that runs the step again, too.
   */
  scripts?: Record<string, string>;
  /**
   * How often the function may be invoked in one update, one after the other, 1-16. One invocation has 15 minutes; a
   * backfill that takes longer goes on in the next one, and one that finds nothing left to do returns at once. Each is a
   * resource of its own, all but the last `<name>-1`, `<name>-2` and so on: call no other step so. Default: 1.
   */
  maxInvocations?: number;
}

/** The two halves of a backward-compatible change. */
export const MigrationPhase = {
  Expand: "expand",
  Contract: "contract",
} as const;
export type MigrationPhase = (typeof MigrationPhase)[keyof typeof MigrationPhase];

/**
 * One run of the migrations, as a step of a release. It runs when it is created and again when its scripts, its versions
 * or the function's code change, never in a preview. A backfill that takes longer than a Lambda may run goes on in the
 * next of up to `maxInvocations` invocations. When it is still not done after the last one, or one fails, the update
 * fails; what is done is kept, and the next `pulumi up` goes on there.
 *
 * ```ts
 * new MigrationStep("expand", { migration, phase: MigrationPhase.Expand, versions: ["1.1.0"] });
 * ```
 * @throws InvalidArgumentError when an arg that the phase needs is missing, or `maxInvocations` is out of its range.
 */
export class MigrationStep extends pulumi.ComponentResource {
  constructor(name: string, args: MigrationStepArgs, opts?: pulumi.ComponentResourceOptions) {
    checkStep(name, args);
    const { migration, phase, versions, through, serving, scripts = {}, maxInvocations = 1 } = args;
    super("changeover:index:MigrationStep", name, { phase }, opts);
    const triggers = { scripts: crypto.createHash("sha256").update(JSON.stringify(scripts)).digest("hex") };
    const inputOf = (mustFinish?: true) =>
      JSON.stringify(
        phase === MigrationPhase.Expand
          ? { phase, versions, mustFinish }
          : { phase, through, serving, mustFinish, appName: args.applicationName ?? "changeover" },
      );
    let before = opts?.dependsOn;
    for (let number = 1; number < maxInvocations; number++) {
      before = runStep(this, `${name}-${number}`, migration, inputOf(), triggers, before);
    }
    // The last one bears the step's own name: a longer chain replaces nothing of a shorter one.
    const { result } = runStep(this, name, migration, inputOf(true), triggers, before);
    this.registerOutputs({ result });
  }
}

/** What the function would refuse in the middle of a release. */
function checkStep(name: string, args: MigrationStepArgs): void {
  const what = (key: string) => `MigrationStep "${name}": ${key}`;
  checkShape("MigrationStep", name, args);
  const { versions, through, serving, applicationName, maxInvocations } = args;
  checkStepFunction(what("migration"), args.migration);
  checkWhole(what("maxInvocations"), maxInvocations, 1, 16);
  for (const version of versions ?? []) check(what("versions"), version, VERSION);
  check(what("through"), through, SCRIPT_ID);
  for (const { color, version } of serving ?? [])
    check(what(`serving, version of ${color}`), version, VERSION);
  check(what("applicationName"), applicationName, applicationNameOf(serving));
  checkPhase(what, args);
}

/** A phase has all that it goes by, and not what the other one does: that would have no effect, without a word. */
function checkPhase(what: (key: string) => string, args: MigrationStepArgs): void {
  const { phase, versions, through, serving } = args;
  const isExpand = phase === MigrationPhase.Expand;
  const [stray, instead] = isExpand ? (["through", "versions"] as const) : (["versions", "serving"] as const);
  if (args[stray] !== undefined) {
    throw new InvalidArgumentError({
      what: what(stray),
      got: args[stray],
      allowed: `nothing when the phase is ${phase}, which goes by ${instead}`,
      todo: `Remove ${stray}, or change the phase.`,
    });
  }
  const needed: [key: string, value: readonly unknown[] | string | undefined, meaning: string][] = isExpand
    ? [["versions", versions, "the versions that the colors run"]]
    : [
        ["through", through, "the last script to apply"],
        ["serving", serving, "the colors that can serve"],
      ];
  for (const [key, got, meaning] of needed) {
    if (got !== undefined && got.length > 0) continue;
    const allowed = `${meaning}, because the phase is ${phase}`;
    throw new InvalidArgumentError({ what: what(key), got, allowed, todo: `Give ${key}.` });
  }
}

const SCRIPT_ID = text(
  /^\d{4}_[a-z0-9]+(_[a-z0-9]+)*$/,
  "the id of a contract script, such as 0002_split_name",
);

/** Postgres cuts `application_name` at 63 bytes, and shows what is not ASCII as question marks. */
function applicationNameOf(serving: readonly ServingColorArgs[] = []): Rule<string> {
  const rests = serving
    .filter(({ version }) => !isStandIn(version))
    .map((each) => `:${each.color}:${each.version}`);
  const longest = 63 - Math.max(0, ...rests.map(({ length }) => length));
  return {
    allowed: `1 to ${longest} printable characters without colons`,
    holds: (name) => /^[\x20-\x39\x3b-\x7e]+$/.test(name) && name.length <= longest,
  };
}
