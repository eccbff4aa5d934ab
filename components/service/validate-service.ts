import { COLORS, type Color, otherColor } from "../fleet/color";
import type { ColorWeights } from "../fleet/color-weights";
import { type ValidationIssue, ValueDescription } from "../validation/validation-issue";
import type { ServiceMemory } from "./release-tag";
import type { ProductionRuleState, WantedService } from "./service-state";

interface Comparison {
  readonly weights: ColorWeights;
  readonly memory: ServiceMemory | undefined;
  readonly serialBefore: number;
  /** True if the traffic is as the program left it. */
  readonly isAgreed: boolean;
  readonly isShift: boolean;
}

/** Reasons to reject an update before it changes anything. */
export function serviceIssues(
  wanted: WantedService,
  rule: ProductionRuleState,
  comparison: Comparison,
): ValidationIssue[] {
  const { weights, memory, serialBefore, isAgreed, isShift } = comparison;
  if (rule.foreign.length > 0) return [foreignIssue(rule)];
  const { expectedSerial } = wanted;
  if (isShift && expectedSerial !== undefined && expectedSerial !== serialBefore) {
    return [serialIssue(expectedSerial, rule, serialBefore)];
  }
  if (isShift && !isAgreed && expectedSerial === undefined) return [shiftedIssue(wanted, rule, serialBefore)];
  return COLORS.flatMap((color) => {
    const version = wanted.versions[color];
    const served = memory?.colors[color]?.version;
    if (served !== undefined && served !== version && rule.weights[color] > 0) {
      return [changedUnderTraffic(color, version, served, rule.weights)];
    }
    const isNew = weights[color] > rule.weights[color] && served !== version;
    return isNew && rule.deployed?.includes(color) === false ? [notYetDeployed(wanted, color)] : [];
  });
}

function describe({ weights, tags }: ProductionRuleState): string {
  const shares = COLORS.filter((color) => weights[color] > 0).map((color) => `${color} ${weights[color]} %`);
  const facts = ["kind", "actor", "at", "reason"].flatMap((key) => tags[`changeover:${key}`] ?? []);
  const serial = tags["changeover:serial"];
  return [
    shares.join(", ") || "no traffic",
    ...(serial ? [`shift ${[serial, ...facts].join(", ")}`] : []),
  ].join("; ");
}

function foreignIssue({ arn, foreign }: ProductionRuleState): ValidationIssue {
  return {
    key: "priority",
    allowed: `a number that no other rule of the listener has; ${arn} forwards to ${foreign.join(", ")}`,
    got: new ValueDescription("the priority of that rule"),
    remedy: "Give another priority, or remove these target groups from the rule.",
  };
}

function serialIssue(expected: number, rule: ProductionRuleState, serial: number): ValidationIssue {
  return {
    key: "expectedSerial",
    allowed: `${serial}, the number of traffic shifts so far (${describe(rule)})`,
    got: expected,
    remedy: "Look at the present traffic, then give its number.",
  };
}

function shiftedIssue(wanted: WantedService, rule: ProductionRuleState, serial: number): ValidationIssue {
  const present = COLORS.find((color) => rule.weights[color] > 50) ?? wanted.live;
  const key = present === wanted.live ? "canaryPercent" : "live";
  return {
    key,
    allowed: `as the production rule, whose traffic was shifted since the last update: ${describe(rule)}`,
    got: wanted[key],
    remedy: `To keep the traffic, set live to ${present} and canaryPercent to ${rule.weights[otherColor(present)]}. To shift it as given, set expectedSerial to ${serial}.`,
  };
}

function changedUnderTraffic(
  color: Color,
  version: string | undefined,
  served: string,
  weights: ColorWeights,
): ValidationIssue {
  return {
    key: `versions.${color}`,
    allowed: `${JSON.stringify(served)} while ${color} receives ${weights[color]} % of the traffic`,
    got: version,
    remedy: `Deploy the new version to ${otherColor(color)}, or shift the traffic there first.`,
  };
}

function notYetDeployed({ live, canaryPercent, versions }: WantedService, color: Color): ValidationIssue {
  const isLive = color === live;
  return {
    key: isLive ? "live" : "canaryPercent",
    allowed: `${isLive ? JSON.stringify(otherColor(color)) : 0} until ${versions[color]} is deployed to ${color}`,
    got: isLive ? color : canaryPercent,
    remedy: "Deploy first, in an update of its own, then shift the traffic.",
  };
}
