import { formatUrn, parseUrn, qualifyType, STACK_TYPE } from "./urn";

/** A former identity: a URN, or the parts that differed. */
export type Alias =
  | string
  | {
      readonly name?: string;
      readonly type?: string;
      readonly stack?: string;
      readonly project?: string;
      readonly parent?: string;
      readonly noParent?: boolean;
    };

/**
 * All former URNs of a resource, in the order in which they are looked up. `formerUrnOf` returns the former URN of a
 * parent that was itself found by an alias.
 *
 * @see `generateAliases` in Pulumi's step generator
 */
export function formerUrns(
  urn: string,
  parent: string | undefined,
  aliases: readonly Alias[],
  formerUrnOf: (urn: string) => string | undefined,
): string[] {
  const own = parseUrn(urn);
  const type = own.qualifiedType.split("$").pop() ?? "";
  const direct = aliases.map((alias) =>
    resolveAlias(own.name, type, own.stack, own.project, parent, alias, formerUrnOf),
  );
  const formerParent = parent === undefined ? undefined : formerUrnOf(parent);
  const inherited =
    parent === undefined || formerParent === undefined
      ? []
      : [urn, ...direct].map((each) => inherit(each, parseUrn(parent).name, formerParent));
  return [...new Set([...direct, ...inherited])].filter((candidate) => candidate !== urn);
}

function resolveAlias(
  name: string,
  type: string,
  stack: string,
  project: string,
  parent: string | undefined,
  alias: Alias,
  formerUrnOf: (urn: string) => string | undefined,
): string {
  if (typeof alias === "string") return alias;
  const given =
    alias.parent === undefined || alias.parent === "" ? parent : (formerUrnOf(alias.parent) ?? alias.parent);
  const under = alias.noParent === true || given === undefined || isStack(given) ? undefined : given;
  return formatUrn({
    stack: alias.stack || stack,
    project: alias.project || project,
    qualifiedType: qualifyType(alias.type || type, under),
    name: alias.name || name,
  });
}

/** A child named `${parent}-suffix` had its parent's former name as prefix. */
function inherit(urn: string, parentName: string, formerParent: string): string {
  const child = parseUrn(urn);
  const former = parseUrn(formerParent);
  const name = child.name.startsWith(parentName)
    ? former.name + child.name.slice(parentName.length)
    : child.name;
  const type = child.qualifiedType.split("$").pop() ?? "";
  return formatUrn({ ...former, qualifiedType: qualifyType(type, formerParent), name });
}

function isStack(urn: string): boolean {
  return parseUrn(urn).qualifiedType === STACK_TYPE;
}
