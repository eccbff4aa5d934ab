import { formatUrn, parseUrn, qualifyType, STACK_TYPE } from "./urn";

/** A former identity of a resource: a full URN, or only the parts of it that were different. */
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
 * Returns all former URNs of a resource, in the order of the lookup. `formerUrnOf` returns the former URN of a parent
 * that was itself matched by an alias.
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

/**
 * The former URN of a child of a renamed parent. A child's name that begins with the parent's name began with the
 * parent's former name.
 */
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
