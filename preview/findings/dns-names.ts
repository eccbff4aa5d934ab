import { objectsIn } from "../../aws/json-input";
import { isAwsType } from "../../aws/resource-types";
import type { Graph, GraphResource } from "../../engine/program/graph";
import type { Comparison } from "../compare/comparison";
import { byFormerUrn, isUnreadable, plainInputs } from "../compare/resources";
import { placeholderName } from "../evaluate/placeholder";

const ADDRESS_RECORDS = ["A", "AAAA", "CNAME"];

export interface DnsName {
  readonly name: string;
  /** The hosted zone. The name may be relative to it. */
  readonly zone: string;
  /** Names of the program's resources to which the record points. */
  readonly targets: readonly string[];
}

type Graphs = Pick<Comparison, "base" | "head">;

/** DNS names that lose their record. Empty if the names of some records are secret or unknown. */
export function lostNames({ base, head }: Graphs): DnsName[] {
  const [before, after] = [namesIn(base), namesIn(head)];
  if (before === undefined || after === undefined) return [];
  const lost = before.filter((old) => !old.isRetained && !after.some((next) => coversName(next, old)));
  return [...new Map(lost.map((each) => [each.name, each])).values()];
}

export function shiftedNames({ base, head }: Graphs): string[] {
  const olds = new Map(base.resources.map((resource) => [resource.urn, resource]));
  const changed = [...byFormerUrn(head, base)].filter(([urn, next]) => {
    const old = olds.get(urn);
    if (old === undefined || !isAwsType(next.type, "Record") || next.read || !isAddress(plainInputs(next)))
      return false;
    const [before, after] = [weightsOf(old), weightsOf(next)];
    const isShifted = before.length > 0 && after.length > 0 && before.join() !== after.join();
    return isShifted || targetsOf(old).sort().join() !== targetsOf(next).sort().join();
  });
  return [...new Set(changed.map(([, next]) => String(plainInputs(next).name)))];
}

function weightsOf(resource: GraphResource): string[] {
  return objectsIn(plainInputs(resource).weightedRoutingPolicies).map(({ weight }) => String(weight));
}

function targetsOf(resource: GraphResource): string[] {
  const { aliases, records = [] } = plainInputs(resource);
  const targets = [...objectsIn(aliases).map(({ name }) => name), records].flat().map(String);
  // The prefix `dualstack.` selects IPv4 and IPv6 addresses of the same load balancer.
  return targets.map((target) => target.replace(/^dualstack\./, ""));
}

/**
 * True for a record with an address that clients may use. Names with `_` are for verification, and clients do not
 * know generated names.
 */
function isAddress({ type, name }: Record<string, unknown>): boolean {
  return ADDRESS_RECORDS.includes(String(type)) && !/(^|\.)_|[<>[\]]/.test(String(name));
}

function namesIn({ resources }: Graph): (DnsName & { readonly isRetained: boolean })[] | undefined {
  const records = resources.filter(({ type, read }) => isAwsType(type, "Record") && !read);
  if (records.some(({ inputs }) => isUnreadable(inputs.name) || isUnreadable(inputs.type))) return undefined;
  return records.flatMap((resource) => {
    const inputs = plainInputs(resource);
    if (!isAddress(inputs)) return [];
    const { name, zoneId } = inputs;
    return {
      name: String(name).toLowerCase().replace(/\.$/, ""),
      zone: String(zoneId),
      targets: targetsOf(resource).flatMap((target) => placeholderName(target) ?? []),
      isRetained: resource.options.retainOnDelete === true,
    };
  });
}

/**
 * True if `next` resolves the name of `old`. In the same zone, `www` and `www.example.com` are equal, and
 * `*.example.com` matches both.
 */
function coversName(next: DnsName, old: DnsName): boolean {
  if (next.name === old.name) return true;
  if (next.zone !== old.zone) return false;
  const isWildcard = next.name.startsWith("*.") && old.name.endsWith(next.name.slice(1));
  return isWildcard || next.name.startsWith(`${old.name}.`) || old.name.startsWith(`${next.name}.`);
}
