import type { PlainInputs } from "./json-input";
import schemas from "./replacements.json";
import { factsOf } from "./resource-types";

/**
 * Which changes of inputs force a replacement, for a preview without AWS and for the simulator.
 *
 * `replacements.json` is read from the resource schemas of the Terraform AWS provider 6.58.0, which `@pulumi/aws` 7.48
 * bridges under other names; types newer than 6.58.0 are missing. Paths are in Pulumi's notation, with `[]` for any item.
 * - `replaced`: `ForceNew`, and `RequiresReplace` and `RequiresReplaceIfConfigured` of the plugin framework, with all that
 *   is inside. Empty for a type of which no input forces a replacement.
 * - `replacedByPresence`: blocks that cannot be added or removed (`ForceNew` of a block is about their number), and inputs
 *   that come with a required input that forces a replacement.
 * - `mayReplace`: the provider's code decides (`CustomizeDiff`, `RequiresReplaceIf`), and inputs newer than 6.58.0.
 *
 * `resource-types.ts` has what no schema says.
 */
type PathsByType = Readonly<Record<string, string>>;

const REPLACED: PathsByType = schemas.replaced;
const REPLACED_BY_PRESENCE: PathsByType = schemas.replacedByPresence;
const MAY_REPLACE: PathsByType = schemas.mayReplace;

export type ChangeKind = "add" | "delete" | "update";

/** False for types of which any update may be a replacement, because their schema is missing here. */
export function isTypeKnown(type: string): boolean {
  return type in REPLACED || factsOf(type).replacedBy !== undefined;
}

/**
 * Tells if an update of these properties may be a replacement, and the schemas cannot tell.
 *
 * @param after The inputs after the update, where they are known.
 */
export function mayReplace(type: string, paths: readonly string[], after?: PlainInputs): boolean {
  const undecided = pathsOf(MAY_REPLACE, type).filter(
    (input) => !isApplicationLoadBalancer(type, after) || !NETWORK_LOAD_BALANCER_INPUTS.includes(input),
  );
  return !isTypeKnown(type) || paths.some((path) => undecided.some((input) => isWithin(path, input)));
}

/**
 * Tells if a change of one property replaces the resource.
 *
 * @param path In Pulumi's notation.
 * @param value The value that is added or removed, where it is known.
 */
export function forcesReplacement(type: string, path: string, kind: ChangeKind, value?: unknown): boolean {
  const { replacedBy = [], replacedByPresence = [], defaults, keptWhenOmitted } = factsOf(type);
  if (kind === "delete" && keptWhenOmitted?.includes(path)) return false;
  if (kind !== "update" && value !== undefined && defaults?.[path] === value) return false;
  // Every regional resource has this input.
  if (type.startsWith("aws:") && path === "region") return true;
  if (replacedBy === "every input") return true;
  const present = [...pathsOf(REPLACED_BY_PRESENCE, type), ...replacedByPresence];
  if (kind !== "update" && present.some((input) => isInputOrItem(path, input))) return true;
  return [...pathsOf(REPLACED, type), ...replacedBy].some((input) => isWithin(path, input));
}

/** Their change may replace a network load balancer, and never an application load balancer. */
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
