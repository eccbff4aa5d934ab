import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as pulumi from "@pulumi/pulumi";
import { whenKnown } from "./output-text";
import { isUnknown } from "./unknown";
import { throwIssues } from "./validate-args";
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

/** The region of the default provider, if the stack's config has it and no option of the resource changes the provider. */
export function configuredRegion(opts: pulumi.ComponentResourceOptions = {}): string | undefined {
  const { provider, providers, parent } = opts;
  const inherited = parent?.getProvider("aws:lb/listener:Listener");
  const isOther = provider !== undefined || providers !== undefined || inherited !== undefined;
  return isOther ? undefined : new pulumi.Config("aws").get("region");
}

/**
 * Checks the region of an ARN with the provider's region, which is known in a preview.
 *
 * @param opts the parent, whose provider has the region
 */
export function inOwnRegion(
  source: string,
  key: string,
  arn: pulumi.Input<string>,
  opts: pulumi.InvokeOptions,
): pulumi.Output<string> {
  const { region } = getRegionOutput({}, opts);
  const checked = whenKnown(pulumi.all([arn, region]), ([known, own]) => {
    const issue = regionIssue(key, known, own);
    if (issue !== undefined) throwIssues(source, [issue]);
  });
  return checked.apply(([known]) => known);
}
