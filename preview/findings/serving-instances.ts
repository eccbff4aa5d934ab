import { objectsIn } from "../../aws/json-input";
import { isAwsType } from "../../aws/resource-types";
import type { Graph, GraphResource } from "../../engine/program/graph";
import type { Comparison } from "../compare/comparison";
import { plainInputs } from "../compare/resources";
import { referenceKey } from "../evaluate/placeholder";
import { danger, type FindingContent } from "./finding";
import { type Colors, colorOf, type Shares } from "./traffic-routes";

type Fate = "replaced" | "terminated" | "missing";

const SUMMARIES: Readonly<Record<Fate, (color: string) => string>> = {
  replaced: (color) => `The instances of ${color} are replaced while ${color} receives traffic.`,
  terminated: (color) =>
    `The instances of ${color} are terminated while ${color} receives traffic: its requests fail.`,
  missing: (color) => `${color} receives traffic and has no instances: its requests fail.`,
};

/**
 * Finds Auto Scaling groups that are replaced or deleted while they receive traffic, and colors that receive traffic
 * without instances.
 */
export function servingInstanceProblems(
  { base, head, steps }: Comparison,
  after: ReadonlyMap<string, Shares>,
  colors: Colors,
): { readonly problems: FindingContent[]; readonly details: string[] } {
  const serving = new Set([...after.values()].flatMap((shares) => [...shares.keys()]));
  const summaries = new Set<string>();
  const details: string[] = [];
  const add = (group: GraphResource, fate: Fate, what: string) => {
    const color = targetsOf(group)
      .map((target) => colorOf(target, colors))
      .find((each) => serving.has(each));
    if (color === undefined) return;
    summaries.add(SUMMARIES[fate](color));
    details.push(`${group.name}: ${what}`);
  };
  const operations = new Map(steps.map(({ urn, op }) => [urn, op]));
  const running = autoScalingGroups(head).filter((group) => !isEmpty(group));
  const hasOthers = (group: GraphResource) =>
    running.some((each) => targetsOf(group).some((target) => targetsOf(each).includes(target)));
  for (const group of autoScalingGroups(base)) {
    if (operations.get(group.urn) === "delete")
      add(group, hasOthers(group) ? "replaced" : "terminated", "delete");
  }
  for (const group of autoScalingGroups(head)) {
    if (isEmpty(group)) {
      if (!hasOthers(group)) add(group, "missing", "no instances");
    } else if (operations.get(group.urn) === "replace") add(group, "replaced", "replace");
  }
  return { problems: [...summaries].map((each) => danger("serving-instances-lost", each)), details };
}

/** The version that each color runs, from the tags of its Auto Scaling groups. */
export function versionsByColor(graph: Graph): Map<string, string> {
  const versions = new Map<string, string>();
  for (const group of autoScalingGroups(graph)) {
    const tags = objectsIn(plainInputs(group).tags);
    const tag = (key: string) => tags.find((each) => each.key === key)?.value;
    const [color, version] = [tag("changeover:color"), tag("changeover:version")];
    if (typeof color === "string" && typeof version === "string") versions.set(color, version);
  }
  return versions;
}

function autoScalingGroups({ resources }: Graph): GraphResource[] {
  return resources.filter(({ type }) => isAwsType(type, "Group") && type.includes(":autoscaling/"));
}

function isEmpty(group: GraphResource): boolean {
  return plainInputs(group).maxSize === 0;
}

function targetsOf(group: GraphResource): string[] {
  const { targetGroupArns } = plainInputs(group);
  return Array.isArray(targetGroupArns) ? targetGroupArns.map((arn) => referenceKey(String(arn))) : [];
}
