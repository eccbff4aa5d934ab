import type { ReleaseControl } from "../traffic/control";
import type { RuleState } from "../traffic/production-rule";
import type { ShiftRecord } from "../traffic/shift-record";
import type { TrafficShares } from "./colors";

export interface RuleReading {
  readonly shares: TrafficShares;
  /** Undefined on a stack whose shifts were not recorded. */
  readonly record?: ShiftRecord;
  /** ARNs that receive traffic and belong to no color. */
  readonly foreign: readonly string[];
}

export function readingOf(
  { weights, record }: Pick<RuleState, "weights" | "record">,
  control: ReleaseControl,
): RuleReading {
  const { blue, green } = control.tiers.web;
  const weight = (arn: string) => weights[arn] ?? 0;
  const own = weight(blue.targetGroupArn) + weight(green.targetGroupArn);
  const share = (arn: string) => (own === 0 ? 0 : Math.round((weight(arn) * 100) / own));
  const known = [blue.targetGroupArn, green.targetGroupArn];
  return {
    shares: { blue: share(blue.targetGroupArn), green: own === 0 ? 0 : 100 - share(blue.targetGroupArn) },
    record,
    foreign: Object.keys(weights).filter((arn) => !known.includes(arn)),
  };
}
