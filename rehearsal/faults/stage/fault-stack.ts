import { loadApplication } from "../../../contract";
import type { Engine, UpdateOptions, UpdateResult } from "../../../engine/deploy/engine";
import type { ReleaseControl } from "../../../traffic/control";
import { readControl } from "../../scenario/color-groups";
import type { EngineName, RehearsalOptions } from "../../scenario/options";
import { type RehearsedStack, withRehearsedStack } from "../../scenario/rehearsed-stack";
import { currentRelease, runStep } from "../../scenario/run-step";
import { stackSettings } from "../../scenario/stack-settings";
import {
  type CurrentRelease,
  deploy,
  firstRelease,
  type LiveColor,
  type ReleaseStep,
} from "../../scenario/steps";
import { createServiceFaults, type ServiceFaults } from "./service-faults";

/** Divisors of the times of AWS. Periods of alarms are always short, so that an alarm of two minutes takes 4 s. */
export const FAULT_STACKS = {
  "real time": { timeScale: 1, alarmTimeScale: 30 },
  scaled: { timeScale: 10, alarmTimeScale: 30 },
} as const;

export type FaultStackName = keyof typeof FAULT_STACKS;

export interface FaultStackOptions extends Pick<RehearsalOptions, "programDirectory" | "stack" | "engine"> {
  /** The version that serves, and the version to release. */
  readonly versions: readonly [from: string, to: string];
  readonly requestsPerSecond: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

const DRAIN_SECONDS = 6;
export const MIN_INSTANCES = 2;
export const MAX_INSTANCES = 6;

/** Few instances that are soon checked, a short gate check, and a limit of response times that a busy machine does not exceed. */
const TIER_SETTINGS = JSON.stringify({
  minInstances: MIN_INSTANCES,
  maxInstances: MAX_INSTANCES,
  startupSeconds: 30,
});
const SETTINGS = {
  web: TIER_SETTINGS,
  app: TIER_SETTINGS,
  gateTimeoutSeconds: "30",
  bakeMinutes: "0",
  thresholds: JSON.stringify({ slowMs: 700, slowPercentile: 75, databaseConnections: 50 }),
};

/** A stack under which faults are injected, one after the other. */
export class FaultStack {
  readonly simulator: RehearsedStack["simulator"];
  readonly engineName: EngineName;
  /** Paths of health checks and of the version. */
  readonly healthyPaths: readonly string[];
  private currentEngine: Engine;
  private builds = 1;

  constructor(
    readonly name: FaultStackName,
    readonly options: FaultStackOptions,
    readonly services: ServiceFaults,
    { simulator, engine, engineName, project, isOwn }: RehearsedStack,
  ) {
    this.simulator = simulator;
    this.currentEngine = engine;
    this.engineName = engineName;
    this.project = project;
    this.shared = stackSettings({ project, isOwn }, { drainSeconds: DRAIN_SECONDS });
    const { tiers } = loadApplication(options.programDirectory);
    const paths = Object.values(tiers).flatMap((tier) => [
      tier.healthCheckPath,
      tier.readinessPath ?? "/version",
    ]);
    this.healthyPaths = [...new Set([...paths, "/version"])];
  }

  private readonly project: string;
  private readonly shared: Readonly<Record<string, string>>;

  get engine(): Engine {
    return this.currentEngine;
  }

  /** Continues with another engine, as when another runner takes over. */
  takeOver(engine: Engine): void {
    this.currentEngine = engine;
  }

  /** Deploys the first version. */
  async start(): Promise<void> {
    const { versions, signal } = this.options;
    for (const [key, value] of Object.entries(this.shared)) await this.engine.setConfig(key, value);
    await this.setConfig(SETTINGS);
    await runStep(this.engine, this.project, firstRelease("blue", versions[0]), { signal });
  }

  /** Runs a step that is planned from the current release. */
  async step(
    plan: (current: CurrentRelease) => ReleaseStep,
    options: UpdateOptions = {},
  ): Promise<UpdateResult> {
    const { signal } = this.options;
    return runStep(this.engine, this.project, plan(await currentRelease(this.engine)), {
      ...options,
      signal: options.signal ? AbortSignal.any([options.signal, signal]) : signal,
    });
  }

  /** An update with changed settings. */
  update(config: Readonly<Record<string, string>>, options?: UpdateOptions): Promise<UpdateResult> {
    return this.step(() => ({ kind: "deploy", title: "Change settings", config }), options);
  }

  /** Another deployment of the next version to the idle color. @returns its version, with build metadata */
  async deployNext(label = "next"): Promise<string> {
    const version = this.anotherBuild(label);
    await this.step((current) => deploy(current, version));
    return version;
  }

  anotherBuild(label: string): string {
    this.builds++;
    const [version] = this.options.versions[1].split("+");
    return `${version}+${label}.${this.builds}`;
  }

  async setConfig(config: Readonly<Record<string, string>>): Promise<void> {
    for (const [key, value] of Object.entries(this.prefixed(config))) await this.engine.setConfig(key, value);
  }

  control(): Promise<ReleaseControl> {
    return readControl(this.engine);
  }

  /** Versions by color. */
  async deployedVersions(): Promise<Partial<Record<LiveColor, string>>> {
    const { release } = await this.engine.outputs();
    return (release as { readonly versions: Partial<Record<LiveColor, string>> }).versions;
  }

  /** True if the version of a color without traffic has been live before. */
  async hasServed(color: LiveColor): Promise<boolean> {
    const { release } = await this.engine.outputs();
    return (
      (release as { readonly served?: Partial<Record<LiveColor, unknown>> }).served?.[color] !== undefined
    );
  }

  /** Number of the last traffic shift that the outputs have. */
  async serial(): Promise<number> {
    const { release } = await this.engine.outputs();
    return (release as { readonly serial?: number }).serial ?? 0;
  }

  async live(): Promise<CurrentRelease["live"]> {
    return (await currentRelease(this.engine)).live;
  }

  private prefixed(settings: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`${this.project}:${key}`, value]),
    );
  }
}

/** Runs `work` with a new stack. Everything is stopped at the end. */
export function withFaultStack<Result>(
  name: FaultStackName,
  options: FaultStackOptions,
  work: (stack: FaultStack) => Promise<Result>,
): Promise<Result> {
  let services: ServiceFaults | undefined;
  const simulator = (directory: string) => {
    services = createServiceFaults(directory);
    const { environment } = services;
    return { ...FAULT_STACKS[name], environment, databaseNames: runsOnNode(options.programDirectory) };
  };
  return withRehearsedStack({ ...options, simulator }, async (rehearsed) => {
    if (services === undefined) throw new Error("The simulator was created without its settings.");
    const stack = new FaultStack(name, options, services, rehearsed);
    return work(stack);
  });
}

/** True if all services run on Node.js, whose processes can have faults and resolve names of the simulator. */
export function runsOnNode(programDirectory: string): boolean {
  const { tiers } = loadApplication(programDirectory);
  return Object.values(tiers).every(({ userData }) => userData === undefined);
}
