import { factsOf, isAwsType } from "../../aws/resource-types";
import { shortType } from "../../engine/deploy/display";
import type { Comparison } from "../compare/comparison";
import { enumerate } from "../wording";
import { danger, type FindingContent } from "./finding";

/** Finds replaced networks. A replacement of a VPC replaces everything in it. */
export const networkCheck = { topic: "network", find } as const;

function find({ steps }: Comparison): FindingContent[] {
  const replaced = steps.filter(({ op, custom }) => op === "replace" && custom);
  const networks = replaced.filter(({ type }) => isAwsType(type, "Vpc"));
  const subnets = replaced.filter(({ type }) => isAwsType(type, "Subnet"));
  if (networks.length + subnets.length === 0) return [];
  const names = (networks.length > 0 ? networks : subnets).map(({ name }) => name);
  const what = networks.length > 0 ? "VPC" : "subnets";
  const reasons = [
    ...new Set((networks.length > 0 ? networks : subnets).flatMap((each) => each.replaceReasons)),
  ];
  const others = replaced.length - names.length;
  return [
    danger(
      "network-replaced",
      `THE NETWORK IS REPLACED: the ${what} ${enumerate(names)} would be replaced because of ${enumerate(reasons)}, and ${others} other resources with it.`,
      [
        ...byType(replaced.filter(({ name }) => !names.includes(name)).map(({ type }) => type)),
        ...withData(steps),
        "This is not a release: instances, addresses and connections are lost. Build the new network beside the old one, in a stack of its own, and move the traffic.",
      ],
    ),
  ];
}

/** Resources with data that stay, and would have to follow into the new network. */
function withData(steps: Comparison["steps"]): string[] {
  const names = steps
    .filter(({ op, type, custom }) => custom && op === "update" && factsOf(type).holdsData)
    .map(({ name, type }) => `${name} (${shortType(type)})`);
  if (names.length === 0) return [];
  return [
    `${enumerate(names)} would have to follow in place, which AWS rejects for most resources in a VPC, in the middle of the update.`,
  ];
}

/** Formats `3 × Subnet, 2 × LoadBalancer`. */
function byType(types: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const type of types) {
    const short = type.split(":").pop() ?? type;
    counts.set(short, (counts.get(short) ?? 0) + 1);
  }
  const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([type, count]) => `${count} × ${type}`);
  return parts.length > 0 ? [`Replaced with it: ${parts.join(", ")}`] : [];
}
