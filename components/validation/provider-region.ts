import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as pulumi from "@pulumi/pulumi";
import { whenKnown } from "./output-text";
import { regionIssue } from "./region";
import { throwIssues } from "./validate-args";

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
