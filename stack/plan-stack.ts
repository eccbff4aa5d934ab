import * as pulumi from "@pulumi/pulumi";
import * as app from "../app";
import {
  type Application,
  ApplicationError,
  knownVersions,
  ReleaseManifestError,
  requireApplication,
} from "../contract";
import { analyze } from "../migrations/analysis";
import { loadScripts } from "../migrations/script/load-scripts";
import { ScriptError } from "../migrations/script/script-error";
import { resolveArtifacts, type TierArtifact } from "./artifacts";
import { readLastRelease } from "./plan/last-release";
import { planArtifacts } from "./plan/plan-artifacts";
import { planRelease, type ReleasePlan } from "./plan/plan-release";
import { releaseContext } from "./plan/release-context";
import { readSettings } from "./settings/read-settings";
import { type StackSettings, shiftRequest, wantedRelease } from "./settings/settings";
import { ValidationError } from "./validation-error";

export interface StackPlan {
  readonly application: Application;
  readonly settings: StackSettings;
  readonly plan: ReleasePlan;
  /** The artifacts of all versions that a color names. */
  readonly artifacts: readonly TierArtifact[];
}

/**
 * Plans the update before any resource is declared.
 *
 * @throws a RunError with all issues of the config, the migration scripts, the release manifests or the release
 */
export async function planStack(): Promise<StackPlan> {
  try {
    const application = requireApplication(app.application, "app/index.ts");
    const settings = readSettings();
    const last = await readLastRelease();
    const scripts = loadScripts(application.migrationsDirectory);
    const known = knownVersions(application);
    const report = await analyze(scripts, known);
    const plan = planRelease(
      releaseContext({
        wanted: wantedRelease(settings),
        last,
        scripts,
        report,
        request: shiftRequest(settings),
      }),
    );
    const built = resolveArtifacts(known, plan.versions);
    const { published, warnings } = planArtifacts(built, last?.artifacts);
    const artifacts = built.map((each) => ({ ...each, sha256: published[each.key] ?? each.sha256 }));
    for (const warning of [...plan.warnings, ...warnings]) pulumi.log.warn(warning);
    const release = { ...plan.release, artifacts: published };
    return { application, settings, plan: { ...plan, release }, artifacts };
  } catch (error) {
    const isRejection = [ValidationError, ScriptError, ReleaseManifestError, ApplicationError].some(
      (type) => error instanceof type,
    );
    throw isRejection ? new StackError((error as Error).message) : error;
  }
}

/** Pulumi prints a RunError without its stack trace. */
class StackError extends pulumi.RunError {
  // Pulumi calls `util.inspect` on an error before it checks its class. By default that would walk through all
  // resources, which takes seconds and gigabytes.
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.message;
  }
}
