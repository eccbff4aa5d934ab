import type { RecordedStrategy } from "../report/run-record";

export type StrategyName = RecordedStrategy["name"];

/** A part of a strategy's step. `live` is the color that serves at the start, `idle` the other one. */
export type StrategyAction =
  /** An update that deploys the new version to the idle color, with the expand scripts. */
  | { readonly do: "deploy" }
  /** The same update; the change of the database is kept back until `changeDatabase`. */
  | { readonly do: "install" }
  | { readonly do: "stop" | "start"; readonly color: "live" | "idle"; readonly tier: "web" | "app" }
  /** Runs the scripts that `install` kept back, and the contract scripts, beside the program. */
  | { readonly do: "changeDatabase" }
  /** An update that shifts the traffic to the idle color, after its gate check. */
  | { readonly do: "flip" }
  /** An update that scales the former color in to 0. */
  | { readonly do: "retire" }
  /** An update that runs the contract scripts. */
  | { readonly do: "contract" };

export interface StrategyStep {
  readonly title: string;
  /** True if no version serves during the step. */
  readonly isOutage: boolean;
  /** All actions of a step start at the same time. */
  readonly actions: readonly StrategyAction[];
}

/** One way to make a release. */
export interface Strategy {
  readonly name: StrategyName;
  readonly title: string;
  readonly steps: readonly StrategyStep[];
}

const stop = (color: "live" | "idle", tier: "web" | "app") => ({ do: "stop", color, tier }) as const;
const start = (color: "live" | "idle", tier: "web" | "app") => ({ do: "start", color, tier }) as const;

const FLIP: StrategyStep = {
  title: "Open the platform on the new version",
  isOutage: true,
  actions: [{ do: "flip" }],
};

const STOP_LIVE: StrategyStep = {
  title: "Stop the instances of both tiers",
  isOutage: true,
  actions: [stop("live", "web"), stop("live", "app")],
};

/** The new version is installed before the outage, and not started. */
const PREPARED: readonly StrategyStep[] = [
  { title: "Install the new version", isOutage: false, actions: [{ do: "install" }] },
  {
    title: "Stop the new version until the outage",
    isOutage: false,
    actions: [stop("idle", "web"), stop("idle", "app")],
  },
];

/**
 * The four ways of releasing, in the order in which they replaced each other.
 *
 * The first two have one set of instances; the idle color then stands for the same instances with the new version.
 */
export const STRATEGIES: Readonly<Record<StrategyName, Strategy>> = {
  stop: {
    name: "stop",
    title: "Stop everything, change the database, start everything",
    steps: [
      ...PREPARED,
      { title: "Stop the web instances", isOutage: true, actions: [stop("live", "web")] },
      { title: "Stop the application instances", isOutage: true, actions: [stop("live", "app")] },
      { title: "Change the database", isOutage: true, actions: [{ do: "changeDatabase" }] },
      { title: "Start the application instances", isOutage: true, actions: [start("idle", "app")] },
      { title: "Start the web instances", isOutage: true, actions: [start("idle", "web")] },
      FLIP,
    ],
  },
  streamlined: {
    name: "streamlined",
    title: "The same steps in parallel",
    steps: [
      ...PREPARED,
      STOP_LIVE,
      {
        title: "Change the database, and start the new version meanwhile",
        isOutage: true,
        actions: [{ do: "changeDatabase" }, start("idle", "web"), start("idle", "app")],
      },
      FLIP,
    ],
  },
  window: {
    name: "window",
    title: "Blue and green instances, outage for the change of the database",
    steps: [
      {
        title: "Install and start the new version beside the old one",
        isOutage: false,
        actions: [{ do: "install" }],
      },
      STOP_LIVE,
      { title: "Change the database", isOutage: true, actions: [{ do: "changeDatabase" }] },
      FLIP,
    ],
  },
  zero: {
    name: "zero",
    title: "Expand and contract, under traffic",
    steps: [
      {
        title: "Expand the database, install and start the new version",
        isOutage: false,
        actions: [{ do: "deploy" }],
      },
      { title: "Flip the traffic to the new version", isOutage: false, actions: [{ do: "flip" }] },
      { title: "Retire the old version", isOutage: false, actions: [{ do: "retire" }] },
      { title: "Remove the old schema", isOutage: false, actions: [{ do: "contract" }] },
    ],
  },
};

export const STRATEGY_NAMES = Object.keys(STRATEGIES) as StrategyName[];
