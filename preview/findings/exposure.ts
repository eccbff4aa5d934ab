import { publicAccess, publicAccessInputs } from "../../aws/public-access";
import { isAwsType } from "../../aws/resource-types";
import { INBOUND_RULES, inboundRules } from "../../aws/security-group-rules";
import type { Graph, GraphResource } from "../../engine/program/graph";
import { parseUrn } from "../../engine/state/urn";
import { containsUnknown } from "../../engine/values/values";
import type { Comparison } from "../compare/comparison";
import { byFormerUrn, plainInputs } from "../compare/resources";
import { placeholderName } from "../evaluate/placeholder";
import { enumerate } from "../wording";
import { type FindingContent, nothing, warning } from "./finding";
import { unknownPackages } from "./unknown-packages";

export const exposureCheck = { topic: "exposure", find } as const;

function find(comparison: Comparison): FindingContent[] {
  const { base, head } = comparison;
  const [before, after] = [exposures(base, base), exposures(head, base)];
  const opened = [...after].filter(([key]) => !before.has(key)).map(([, text]) => text);
  const closed = [...before].filter(([key]) => !after.has(key)).map(([, text]) => `no longer: ${text}`);
  const details = [...opened, ...closed];
  if (opened.length > 0) {
    const what = opened.length === 1 ? opened[0] : `${opened.length} resources`;
    return [warning("newly-public", `Newly open to the internet: ${what}.`, details)];
  }
  const fewer = closed.length > 0 ? `; ${closed.length} closed` : "";
  const unreadable = unreadableResources(head);
  if (unreadable.length > 0) {
    const summary = `Nothing newly open to the internet was found${fewer}, but the access to ${enumerate(unreadable)} is unknown until apply.`;
    return [warning("exposure-unclear", summary, details)];
  }
  const unknown = unknownPackages(comparison, ["create", "import", "update", "replace"]);
  if (unknown !== undefined) {
    const summary = `Nothing newly open to the internet was found${fewer}, but this preview cannot check resources of ${unknown}.`;
    return [warning("exposure-unclear", summary, details)];
  }
  return [nothing("exposure-unchanged", `Nothing is newly open to the internet${fewer}.`, details)];
}

function unreadableResources({ resources }: Graph): string[] {
  return resources
    .filter(({ custom, read }) => custom && !read)
    .filter(({ type, inputs }) =>
      publicAccessInputs(type).some((input) => containsUnknown(inputs[input] ?? null)),
    )
    .map(({ name }) => name);
}

/**
 * Descriptions of public access, keyed by resource and access. A security group rule has the key of its group, so
 * that moving a rule out of the group's inputs to a separate resource changes nothing.
 */
function exposures(graph: Graph, base: Graph): Map<string, string> {
  const found = new Map<string, string>();
  const resources = [...byFormerUrn(graph, base)];
  const groups = resources.flatMap(([urn, { type }]) =>
    isAwsType(type, "SecurityGroup") ? parseUrn(urn).name : [],
  );
  for (const [urn, resource] of resources) {
    if (!resource.custom || resource.read) continue;
    const group = ruleGroup(urn, resource);
    // Groups with the same name below different parents have the same placeholder.
    const isUnique = groups.filter((each) => each === group).length === 1;
    const owner = isUnique ? group : urn;
    for (const access of publicAccess(resource.type, plainInputs(resource))) {
      found.set(`${owner} ${access}`, `${resource.name} (${access})`);
    }
  }
  return found;
}

function ruleGroup(urn: string, resource: GraphResource): string | undefined {
  if (!isAwsType(resource.type, ...INBOUND_RULES.types)) return undefined;
  const [rule] = inboundRules(resource.type, plainInputs(resource));
  if (rule === undefined) return undefined;
  return rule.securityGroupId === undefined ? parseUrn(urn).name : placeholderName(rule.securityGroupId);
}
