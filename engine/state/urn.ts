/** `urn:pulumi:stack::project::parentType$type::name`. */
export interface UrnParts {
  readonly stack: string;
  readonly project: string;
  /** Types of all parents and its own, joined by `$`; the stack does not count. */
  readonly qualifiedType: string;
  readonly name: string;
}

export const STACK_TYPE = "pulumi:pulumi:Stack";
export const STACK_REFERENCE_TYPE = "pulumi:pulumi:StackReference";
/** How the SDK asks for the state of a resource that it has as a reference. */
export const GET_RESOURCE = "pulumi:pulumi:getResource";

export function parseUrn(urn: string): UrnParts {
  const match = /^urn:pulumi:(.*?)::(.*?)::(.*?)::(.*)$/s.exec(urn);
  if (match === null) throw new Error(`"${urn}" is no URN.`);
  const [, stack = "", project = "", qualifiedType = "", name = ""] = match;
  return { stack, project, qualifiedType, name };
}

export function formatUrn(parts: UrnParts): string {
  return `urn:pulumi:${parts.stack}::${parts.project}::${parts.qualifiedType}::${parts.name}`;
}

export function typeOfUrn(urn: string): string {
  return parseUrn(urn).qualifiedType.split("$").pop() ?? "";
}

/** The type of a child, qualified by the parent's unless that is the stack itself. */
export function qualifyType(type: string, parent: string | undefined): string {
  if (parent === undefined || parent === "") return type;
  const parentType = parseUrn(parent).qualifiedType;
  return parentType === STACK_TYPE ? type : `${parentType}$${type}`;
}

/** The package that a type or function token belongs to. */
export function packageOf(token: string): string {
  return token.split(":")[0] ?? "";
}

/** The package that an explicit provider resource (`pulumi:providers:aws`) is for, else undefined. */
export function providerPackage(type: string): string | undefined {
  return type.startsWith("pulumi:providers:") ? type.slice("pulumi:providers:".length) : undefined;
}
