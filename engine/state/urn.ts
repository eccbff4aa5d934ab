/** The parts of a URN, `urn:pulumi:stack::project::parentType$type::name`. */
export interface UrnParts {
  readonly stack: string;
  readonly project: string;
  /** The types of all parents except the stack, and the resource's own type, joined by `$`. */
  readonly qualifiedType: string;
  readonly name: string;
}

export const STACK_TYPE = "pulumi:pulumi:Stack";
export const STACK_REFERENCE_TYPE = "pulumi:pulumi:StackReference";
/** Function that the SDK calls to read the state of a referenced resource. */
export const GET_RESOURCE = "pulumi:pulumi:getResource";

export function parseUrn(urn: string): UrnParts {
  const match = /^urn:pulumi:(.*?)::(.*?)::(.*?)::(.*)$/s.exec(urn);
  if (match === null)
    throw new Error(
      `A URN must look like urn:pulumi:stack::project::type::name, got ${JSON.stringify(urn)}.`,
    );
  const [, stack = "", project = "", qualifiedType = "", name = ""] = match;
  return { stack, project, qualifiedType, name };
}

export function formatUrn(parts: UrnParts): string {
  return `urn:pulumi:${parts.stack}::${parts.project}::${parts.qualifiedType}::${parts.name}`;
}

export function typeOfUrn(urn: string): string {
  return parseUrn(urn).qualifiedType.split("$").pop() ?? "";
}

/** Prefixes a child's type with the qualified type of its parent, unless the parent is the stack. */
export function qualifyType(type: string, parent: string | undefined): string {
  if (parent === undefined || parent === "") return type;
  const parentType = parseUrn(parent).qualifiedType;
  return parentType === STACK_TYPE ? type : `${parentType}$${type}`;
}

export function packageOf(token: string): string {
  return token.split(":")[0] ?? "";
}

/** The package of an explicit provider (`pulumi:providers:aws`); undefined for any other type. */
export function providerPackage(type: string): string | undefined {
  return type.startsWith("pulumi:providers:") ? type.slice("pulumi:providers:".length) : undefined;
}
