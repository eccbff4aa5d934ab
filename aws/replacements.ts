import type { PlainInputs } from "./json-input";
import schemas from "./replacements.json";
import { factsOf } from "./resource-types";

/**
 * The inputs whose changes force a replacement, for a preview without AWS and for the simulator.
 *
 * `replacements.json` comes from the resource schemas of the Terraform AWS provider 6.58.0, on which `@pulumi/aws` 7.48
 * is based. Types newer than 6.58.0 are missing. Paths are in Pulumi's notation, with `[]` for any item.
 * - `replaced`: inputs with `ForceNew`, or with `RequiresReplace` or `RequiresReplaceIfConfigured` of the plugin framework,
 *   and all their nested inputs. Empty for a type without such inputs.
 * - `replacedByPresence`: blocks that cannot be added or removed in place, because `ForceNew` of a block refers to the
 *   number of blocks, and inputs that are only set together with a required input that forces a replacement.
 * - `mayReplace`: inputs for which the provider's code decides (`CustomizeDiff`, `RequiresReplaceIf`), and inputs newer
 *   than 6.58.0.
 *
 * `resource-types.ts` has the facts that no schema contains.
 */
type PathsByType = Readonly<Record<string, string>>;

/** The versions whose schemas the table has. */
export const SCHEMA_VERSIONS = { pulumiAws: "7.48", terraformAws: "6.58.0" } as const;

const REPLACED: PathsByType = schemas.replaced;
const REPLACED_BY_PRESENCE: PathsByType = schemas.replacedByPresence;
const MAY_REPLACE: PathsByType = schemas.mayReplace;

export type ChangeKind = "add" | "delete" | "update";

/** False for types whose schema is missing here. Any update of such a type may be a replacement. */
export function isTypeKnown(type: string): boolean {
  return type in REPLACED || factsOf(type).replacedBy !== undefined;
}

/**
 * True if an update of these properties may be a replacement, but the schemas alone cannot tell.
 *
 * @param after The inputs after the update, if they are known.
 */
export function mayReplace(type: string, paths: readonly string[], after?: PlainInputs): boolean {
  const undecided = pathsOf(MAY_REPLACE, type).filter(
    (input) => !isApplicationLoadBalancer(type, after) || !NETWORK_LOAD_BALANCER_INPUTS.includes(input),
  );
  return !isTypeKnown(type) || paths.some((path) => undecided.some((input) => isWithin(path, input)));
}

/**
 * True if a change of this property replaces the resource.
 *
 * @param path Property path in Pulumi's notation.
 * @param value The added or removed value, if it is known.
 */
export function forcesReplacement(type: string, path: string, kind: ChangeKind, value?: unknown): boolean {
  const { replacedBy = [], replacedByPresence = [], defaults, keptWhenOmitted } = factsOf(type);
  if (kind === "delete" && keptWhenOmitted?.includes(path)) return false;
  if (kind !== "update" && value !== undefined && defaults?.[path] === value) return false;
  // Every regional resource has the input `region`.
  if (type.startsWith("aws:") && path === "region") return true;
  if (replacedBy === "every input") return true;
  const present = [...pathsOf(REPLACED_BY_PRESENCE, type), ...replacedByPresence];
  if (kind !== "update" && present.some((input) => isInputOrItem(path, input))) return true;
  return [...pathsOf(REPLACED, type), ...replacedBy].some((input) => isWithin(path, input));
}

/** Inputs whose change may replace a Network Load Balancer, but never an Application Load Balancer. */
const NETWORK_LOAD_BALANCER_INPUTS = ["secondaryIpsAutoAssignedPerSubnet", "securityGroups", "subnets"];

function isApplicationLoadBalancer(type: string, after?: PlainInputs): boolean {
  const isLoadBalancer = ["aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"].includes(
    type,
  );
  return isLoadBalancer && after !== undefined && (after.loadBalancerType ?? "application") === "application";
}

function pathsOf(table: PathsByType, type: string): readonly string[] {
  return table[type]?.split(" ").filter((path) => path !== "") ?? [];
}

function isWithin(path: string, input: string): boolean {
  const any = withAnyItem(path);
  return any === input || any.startsWith(`${input}.`) || any.startsWith(`${input}[`);
}

function isInputOrItem(path: string, input: string): boolean {
  const any = withAnyItem(path);
  return any === input || any === `${input}[]`;
}

function withAnyItem(path: string): string {
  return path.replaceAll(/\[\d+\]/g, "[]");
}
