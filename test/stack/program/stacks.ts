import type { UpdateResult } from "../../../engine/deploy/engine";
import type { Declared } from "../../support/declared";
import { type Config, declare, PaperStack } from "../../support/stack";

/** A production stack: three zones, HTTPS, protected resources, both colors deployed. */
export const PRODUCTION: Config = {
  // The longest allowed name.
  name: "records-prod-1",
  live: "blue",
  blueVersion: "1.0.0",
  greenVersion: "1.1.0",
  domainName: "records.example.com",
  hostedZoneId: "Z0123456789ABC",
  alarmTopicArn: "arn:aws:sns:eu-central-1:123456789012:oncall",
  web: { minInstances: 3, maxInstances: 9 },
  app: { minInstances: 2, maxInstances: 6 },
  network: { zoneCount: 3, natGateways: "perZone", cidr: "10.20.0.0/16" },
  database: { instanceClass: "db.r8g.large", multiAz: true, backupRetentionDays: 35 },
};

export interface Production {
  readonly declared: Declared;
  readonly outputs: Record<string, unknown>;
  /** All text that was written or shown: state, outputs, events. */
  readonly written: string;
  /** The error of an attempt to destroy the stack. */
  readonly destroyError: Error;
  readonly changesByDestroy: readonly string[];
  /** The resources of a preview without a cloud. */
  readonly previewed: Declared;
}

/** Shares one result among all test files: each evaluation of the program takes seconds. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export const production = once(async (): Promise<Production> => {
  const stack = new PaperStack({ stack: "production" });
  const [previewed] = await Promise.all([
    declare(PRODUCTION, { stack: "production" }, { isPreview: true }),
    stack.up(PRODUCTION),
  ]);
  const before = stack.cloud.changes.length;
  const destroyError = await stack.destroy().then(
    () => new Error("it was destroyed"),
    (error: Error) => error,
  );
  return {
    declared: stack.declared(),
    outputs: await stack.outputs(),
    written: stack.written(),
    destroyError,
    changesByDestroy: stack.cloud.changes.slice(before),
    previewed: previewed.declared,
  };
});

/** One update of the stack `dev`. */
export interface DevUpdate {
  readonly result: UpdateResult;
  /** The resources after it. */
  readonly declared: Declared;
  /** The changes on AWS, in their order. */
  readonly changes: readonly string[];
}

const DEPLOYED: Config = { greenVersion: "1.1.0" };
const FLIPPED: Config = { ...DEPLOYED, live: "green" };
const RETIRED: Config = { ...FLIPPED, idle: "off" };
const CONTRACTED: Config = { ...RETIRED, contractThrough: "0002_split_name" };

/**
 * The updates of the stack `dev` from its creation to its deletion. `again`, `back` and `redeployed` are previews, and
 * `toCanary` is the declaration of one.
 */
export const devUpdates = once(async () => {
  const stack = new PaperStack();
  const run = async (update: () => Promise<UpdateResult>): Promise<DevUpdate> => {
    const before = stack.cloud.changes.length;
    const result = await update();
    return { result, declared: stack.declared(), changes: stack.cloud.changes.slice(before) };
  };
  const up = (config: Config) => run(() => stack.up(config));
  const first = await up({});
  const deployed = await up(DEPLOYED);
  const [again, toCanary] = await Promise.all([
    stack.preview(DEPLOYED),
    declare({ ...DEPLOYED, canaryPercent: 10 }, {}, { lastOutputs: deployed.result.outputs }),
  ]);
  const flipped = await up(FLIPPED);
  const [back, redeployed] = await Promise.all([
    stack.preview({ ...DEPLOYED, live: "blue" }),
    stack.preview({ ...FLIPPED, blueVersion: "1.2.0" }),
  ]);
  const retired = await up(RETIRED);
  const contracted = await up(CONTRACTED);
  const destroyed = await run(() => stack.destroy());
  return { first, deployed, again, toCanary, flipped, back, redeployed, retired, contracted, destroyed };
});
