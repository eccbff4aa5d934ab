import type { TierName } from "../../../contract";
import type { FaultStage } from "./fault-stage";

export interface InstanceLoss {
  readonly instance: string;
  /** Instances that Auto Scaling terminated after a failed check, with the reason. */
  readonly terminations: readonly string[];
  /** Time from the fault to the termination of the instance, in seconds. */
  readonly terminatedAfterSeconds: number;
}

const REPLACEMENT_LIMIT_MS = 120_000;

/** Breaks one instance of the live color, and waits until it is replaced by a healthy one. */
export async function loseInstance(
  stage: FaultStage,
  tier: TierName,
  breakInstance: (id: string) => void | Promise<void>,
): Promise<InstanceLoss> {
  const { live, control } = stage;
  const [instance] = stage.instances(tier, live);
  if (instance === undefined) throw new Error(`${live} must have an instance in the tier ${tier}, got none.`);
  stage.begin();
  await breakInstance(instance);
  await stage.until(
    `The termination of ${instance}`,
    () => !stage.instances(tier, live).includes(instance),
    REPLACEMENT_LIMIT_MS,
  );
  const terminatedAfterSeconds = (Date.now() - stage.begunAt) / 1000;
  await stage.until(
    `A replacement of ${instance}`,
    () => stage.healthy(tier, live) >= control.tiers[tier].minInstances,
    REPLACEMENT_LIMIT_MS,
  );
  return { instance, terminations: [...stage.observed().notices.terminations], terminatedAfterSeconds };
}

export function describeLoss({ instance, terminatedAfterSeconds }: InstanceLoss): string {
  return `Auto Scaling replaced ${instance}, which it terminated after ${terminatedAfterSeconds.toFixed(1)} s.`;
}

/** Only the broken instance may be terminated. */
export function lossProblems({ instance, terminations }: InstanceLoss): string[] {
  const others = terminations.filter((description) => !description.includes(instance));
  if (others.length === 0) return [];
  return [`Only ${instance} was broken, and other instances were terminated: ${others.join("; ")}.`];
}
