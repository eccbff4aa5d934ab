import type { Graph } from "../../engine/graph";
import { type Comparison, isAws, plainInputs, records } from "../comparison";
import { symbolName } from "../symbols";
import { isHidden } from "./hidden";

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

function namesIn({ resources }: Graph): (DnsName & { readonly isKept: boolean })[] | undefined {
  const all = resources.filter(({ type, read }) => isAws({ type }, "Record") && !read);
  if (all.some(({ inputs }) => isHidden(inputs.name) || isHidden(inputs.type))) return undefined;
  return all.flatMap((resource) => {
    const { name, zoneId, type, aliases, records: values } = plainInputs(resource);
    // A label that begins so proves something to a machine; what a cloud makes up, nobody has learnt.
    const isCalled = LEADS.includes(String(type)) && !/(^|\.)_|[<>[\]]/.test(String(name));
    if (!isCalled) return [];
    const targets = [...records(aliases).map((alias) => alias.name), values].flat().map(String);
    return {
      name: String(name).toLowerCase().replace(/\.$/, ""),
      zone: String(zoneId),
      leadsTo: targets.flatMap((target) => symbolName(target) ?? []),
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
