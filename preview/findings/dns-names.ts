import type { Graph, GraphResource } from "../../engine/program/graph";
import { byFormerUrn, type Comparison, isAws, plainInputs, records } from "../compare/comparison";
import { isHidden } from "../compare/resource";
import { symbolName } from "../evaluate/placeholders";

/** Record types that lead users to a server. */
const LEADS = ["A", "AAAA", "CNAME"];

/** A name that users may know. */
export interface DnsName {
  readonly name: string;
  /** The hosted zone, that the name may be relative to. */
  readonly zone: string;
  /** Resources of the program that it leads to, by the names in their symbols. */
  readonly leadsTo: readonly string[];
}

/** Names that led somewhere and that no record has any more. None where some of the records cannot be read. */
export function lostNames({ base, head }: Pick<Comparison, "base" | "head">): DnsName[] {
  const [before, after] = [namesIn(base), namesIn(head)];
  if (before === undefined || after === undefined) return [];
  const lost = before.filter((old) => !old.isKept && !after.some((next) => isSame(next, old)));
  return [...new Map(lost.map((each) => [each.name, each])).values()];
}

/** Names whose record has other targets than before, or another weight. */
export function ledElsewhere({ base, head }: Pick<Comparison, "base" | "head">): string[] {
  const olds = new Map(base.resources.map((resource) => [resource.urn, resource]));
  const changed = [...byFormerUrn(head, base)].filter(([urn, next]) => {
    const old = olds.get(urn);
    if (old === undefined || !isAws(next, "Record") || next.read || !isCalled(plainInputs(next)))
      return false;
    const [before, after] = [weightsOf(old), weightsOf(next)];
    const isShifted = before.length > 0 && after.length > 0 && before.join() !== after.join();
    return isShifted || targetsOf(old).sort().join() !== targetsOf(next).sort().join();
  });
  return [...new Set(changed.map(([, next]) => String(plainInputs(next).name)))];
}

function weightsOf(resource: GraphResource): string[] {
  return records(plainInputs(resource).weightedRoutingPolicies).map(({ weight }) => String(weight));
}

function targetsOf(resource: GraphResource): string[] {
  const { aliases, records: values = [] } = plainInputs(resource);
  const targets = [...records(aliases).map(({ name }) => name), values].flat().map(String);
  // Under this name a load balancer has its addresses of both families.
  return targets.map((target) => target.replace(/^dualstack\./, ""));
}

/** A label that begins with `_` proves something to a machine; what a cloud makes up, nobody has learnt. */
function isCalled({ type, name }: Record<string, unknown>): boolean {
  return LEADS.includes(String(type)) && !/(^|\.)_|[<>[\]]/.test(String(name));
}

function namesIn({ resources }: Graph): (DnsName & { readonly isKept: boolean })[] | undefined {
  const all = resources.filter(({ type, read }) => isAws({ type }, "Record") && !read);
  if (all.some(({ inputs }) => isHidden(inputs.name) || isHidden(inputs.type))) return undefined;
  return all.flatMap((resource) => {
    const inputs = plainInputs(resource);
    if (!isCalled(inputs)) return [];
    const { name, zoneId } = inputs;
    return {
      name: String(name).toLowerCase().replace(/\.$/, ""),
      zone: String(zoneId),
      leadsTo: targetsOf(resource).flatMap((target) => symbolName(target) ?? []),
      isKept: resource.options.retainOnDelete === true,
    };
  });
}

/** `www` and `www.example.com` are one in a zone; `*.example.com` leads there, too. */
function isSame(next: DnsName, old: DnsName): boolean {
  if (next.name === old.name) return true;
  if (next.zone !== old.zone) return false;
  const isWild = next.name.startsWith("*.") && old.name.endsWith(next.name.slice(1));
  return isWild || next.name.startsWith(`${old.name}.`) || old.name.startsWith(`${next.name}.`);
}
