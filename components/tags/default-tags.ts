import { getDefaultTagsOutput } from "@pulumi/aws/getDefaultTags";
import * as pulumi from "@pulumi/pulumi";

type Tags = pulumi.Input<Record<string, pulumi.Input<string>>>;

/**
 * Adds the provider's default tags, which the provider itself adds only to resources that it creates, and not to the
 * instances and disks that a launch template creates.
 *
 * @param parent the component, whose provider has the tags
 */
export function withDefaultTags(tags: Tags, parent: pulumi.Resource): Tags {
  // The tags of the default provider are in the stack's config, so that a preview needs no call.
  if (parent.getProvider("aws:ec2/launchTemplate:LaunchTemplate") === undefined) {
    const configured = new pulumi.Config("aws").getObject<{ tags?: Record<string, string> }>("defaultTags");
    if (configured?.tags === undefined) return tags;
    const defaults = configured.tags;
    return pulumi.output(tags).apply((own) => ({ ...defaults, ...own }));
  }
  return pulumi
    .all([getDefaultTagsOutput({}, { parent }), tags])
    .apply(([{ tags: defaults }, own]) => ({ ...defaults, ...own }));
}
