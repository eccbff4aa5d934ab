import { isUnknown } from "./unknown";
import type { ValidationIssue } from "./validation-issue";

/** Returns an issue if an ARN is of another region. ARNs of IAM have none. */
export function regionIssue(key: string, arn: unknown, region: unknown): ValidationIssue | undefined {
  if (typeof arn !== "string" || typeof region !== "string" || isUnknown(arn) || isUnknown(region))
    return undefined;
  const [, , , found] = arn.split(":");
  if (found === undefined || found === "" || found === region) return undefined;
  const remedy = "AWS accepts only a resource of the same region.";
  return { key, allowed: `an ARN in the region ${region}`, got: arn, remedy };
}

/** The issues of a list of ARNs. */
export function regionIssues(key: string, arns: unknown, region: unknown): ValidationIssue[] {
  if (!Array.isArray(arns)) return [];
  return arns.flatMap((arn, index) => regionIssue(`${key}[${index}]`, arn, region) ?? []);
}

/** Returns an issue if an ARN of IAM, which has no region, is of another partition than the ARN of a resource beside it. */
export function partitionIssue(key: string, arn: unknown, other: unknown): ValidationIssue | undefined {
  if (typeof arn !== "string" || typeof other !== "string" || isUnknown(arn) || isUnknown(other))
    return undefined;
  const partition = other.split(":")[1];
  if (arn.split(":")[1] === partition) return undefined;
  return {
    key,
    allowed: `an ARN that begins with arn:${partition}, as the listener's ARN does`,
    got: arn,
    remedy: "Give an ARN of the same partition.",
  };
}

/** The region in an ARN that is known. */
export function regionOf(arn: unknown): string | undefined {
  return typeof arn === "string" && !isUnknown(arn) ? arn.split(":")[3] : undefined;
}

/**
 * Returns an issue if an ARN is of another region than the ARN of a resource that uses it, or of another account, if
 * `isOwn` says that AWS accepts none of another account.
 */
export function placeIssue(
  key: string,
  arn: unknown,
  user: unknown,
  { isOwn }: { readonly isOwn: boolean },
): ValidationIssue | undefined {
  if (typeof user !== "string" || isUnknown(user)) return undefined;
  const [, , , region, account] = user.split(":");
  const other = regionIssue(key, arn, region);
  if (other !== undefined || !isOwn || typeof arn !== "string" || isUnknown(arn)) return other;
  if (arn.split(":")[4] === account) return undefined;
  const remedy = "AWS accepts only a resource of the same account.";
  return { key, allowed: `an ARN in the account ${account}`, got: arn, remedy };
}
