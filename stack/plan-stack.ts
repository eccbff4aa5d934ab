import * as pulumi from "@pulumi/pulumi";
import { bundleLambda, lambdaNames } from "../build/bundle";
import { COLORS } from "../components";
import { formatIssue } from "../components/validation/validation-issue";
import {
  type Application,
  ApplicationError,
  findVersion,
  type KnownVersion,
  knownVersions,
  loadApplication,
  ReleaseManifestError,
} from "../contract";
import { analyze } from "../migrations/analysis";
import { loadScripts } from "../migrations/script/load-scripts";
import { ScriptError } from "../migrations/script/script-error";
import type { ReleaseControl } from "../traffic/control";
import { type ReleasedVersion, resolveArtifacts } from "./artifacts";
import { type ManifestPlan, planManifests } from "./manifests";
import { ownOutputs } from "./own-outputs";
import { parseLastManifests } from "./plan/last-manifests";
import { parseLastRelease } from "./plan/last-release";
import { planRelease, type ReleasePlan } from "./plan/plan-release";
import { releaseContext } from "./plan/release-context";
import { compareTruth, type Truth, type TruthInput } from "./plan/truth";
import type { WantedRelease } from "./plan/wanted-release";
import { parseControl, readProductionRule } from "./read-production-rule";
import { readSettings } from "./settings/read-settings";
import {
  type StackSettings,
  settingDefaults,
  settingValues,
  shiftRequest,
  wantedRelease,
} from "./settings/settings";
import { checkBoth, ValidationError } from "./validation-error";

export interface StackPlan {
  readonly application: Application;
  readonly settings: StackSettings;
  readonly plan: ReleasePlan;
  readonly control?: ReleaseControl;
  /** The artifacts of all versions that a color names. */
  readonly artifacts: readonly ReleasedVersion[];
  readonly manifests: ManifestPlan;
}

/**
 * Plans the update before any resource is declared.
 *
 * @throws a RunError with all issues of the config, the migration scripts, the release manifests or the release
 */
export async function planStack(): Promise<StackPlan> {
  try {
    const application = loadApplication(".");
    const settings = readSettings();
    const output = ownOutputs();
    const wanted = wantedRelease(settings);
    const control = await output("control");
    const memory = parseLastRelease(await output("release"));
    const truth = requireTruth({
      last: memory,
      rule: await readProductionRule(control, {
        port: settings.allowPlainHttp ? 80 : 443,
        hasMemory: memory !== undefined,
      }),
      wanted,
      expectedSerial: settings.expectedSerial,
    });
    const last = truth.before;
    const lastManifests = parseLastManifests(await output("manifests"));
    const scripts = loadScripts(application.migrationsDirectory);
    const known = knownVersions(application, ".", lastManifests);
    const report = await whileBundling(
      analyze(scripts, namedVersions(known, wanted.versions, last?.versions)),
    );
    const context = releaseContext({
      ...{ wanted, last, scripts, report },
      isRecovered: truth.stance === "recovered",
      isAdopted: truth.stance === "adopted",
      request: shiftRequest(settings),
      settings: settingValues(settings),
      defaults: settingDefaults(),
    });
    const ids = scripts.map(({ id }) => id);
    const [artifacts, plan] = checkBoth(
      () => resolveArtifacts(known, context.versions, ids, last?.artifacts),
      () => planRelease(context),
    );
    for (const { warnings } of [plan, ...artifacts]) for (const warning of warnings) pulumi.log.warn(warning);
    for (const note of [...truth.notes, ...plan.notes]) pulumi.log.info(note);
    const manifests = planManifests(artifacts, lastManifests, { scripts, commit: settings.commit });
    return { application, settings, plan, control: parseControl(control), artifacts, manifests };
  } catch (error) {
    const isRejection = [ValidationError, ScriptError, ReleaseManifestError, ApplicationError].some(
      (type) => error instanceof type,
    );
    throw isRejection ? new StackError(error as Error) : error;
  }
}

/** Bundles the functions while a worker thread analyzes the scripts, because each may take seconds. */
async function whileBundling<T>(analysis: Promise<T>): Promise<T> {
  const [report] = await Promise.all([
    analysis,
    Promise.resolve().then(() => lambdaNames().map(bundleLambda)),
  ]);
  return report;
}

/** @throws ValidationError if config, output `release` and production rule contradict each other */
function requireTruth(input: TruthInput): Truth {
  const truth = compareTruth(input);
  if ("issues" in truth) throw new ValidationError(truth.issues);
  return truth;
}

/** The versions whose queries must be compatible with the scripts: those before and after the update. */
function namedVersions(
  known: readonly KnownVersion[],
  ...releases: (WantedRelease["versions"] | undefined)[]
): KnownVersion[] {
  const names = new Set(releases.flatMap((versions) => COLORS.flatMap((color) => versions?.[color] ?? [])));
  return [...names].flatMap((name) => findVersion(known, name) ?? []);
}

/** Pulumi prints a RunError without its stack trace. */
class StackError extends pulumi.RunError {
  /** A preview shows each issue as an item of its own. */
  readonly issues: readonly { readonly key?: string; readonly text: string; readonly remedy?: string }[];

  constructor(cause: Error) {
    super(cause.message);
    this.issues =
      cause instanceof ValidationError
        ? cause.issues.map((issue) => ({
            key: issue.key,
            text: formatIssue({ ...issue, remedy: undefined }),
            remedy: issue.remedy,
          }))
        : cause instanceof ScriptError
          ? cause.message.split("\n").map((text) => ({ text }))
          : [];
  }

  // Pulumi calls `util.inspect` on an error before it checks its class. By default that would walk through all
  // resources, which takes seconds and gigabytes.
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.message;
  }
}
