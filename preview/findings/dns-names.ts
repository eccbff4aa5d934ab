import { objectsIn } from "../../aws/json-input";
import { isAwsType } from "../../aws/resource-types";
import type { Graph, GraphResource } from "../../engine/program/graph";
import type { Comparison } from "../compare/comparison";
import { byFormerUrn, isUnreadable, plainInputs } from "../compare/resources";
import { placeholderName } from "../evaluate/placeholder";

/** Record types that clients resolve to a server's address. */
const ADDRESS_RECORDS = ["A", "AAAA", "CNAME"];

export interface DnsName {
  readonly name: string;
  /** The hosted zone, to which the name may be relative. */
  readonly zone: string;
  /** Names of the program's resources that the record points to. */
  readonly targets: readonly string[];
}

type Graphs = Pick<Comparison, "base" | "head">;

/** Names that lose their record. Empty when some records cannot be read. */
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
  // `dualstack.` is the same load balancer, with its IPv6 addresses.
  return targets.map((target) => target.replace(/^dualstack\./, ""));
}

/** Labels with `_` are for verification, and generated names are not known to clients. */
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

/** In one zone, `www` and `www.example.com` are the same name, and `*.example.com` covers it. */
function coversName(next: DnsName, old: DnsName): boolean {
  if (next.name === old.name) return true;
  if (next.zone !== old.zone) return false;
  const isWildcard = next.name.startsWith("*.") && old.name.endsWith(next.name.slice(1));
  return isWildcard || next.name.startsWith(`${old.name}.`) || old.name.startsWith(`${next.name}.`);
}
