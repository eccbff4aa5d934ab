import type * as pulumi from "@pulumi/pulumi";
import type { Color } from "./color";

/** What cost and audit reports group by. A team's own tags win over ours. */
export function withTags(
  own: Record<string, pulumi.Input<string>> | undefined,
  about: { name?: string; tier?: pulumi.Input<string>; color?: Color; version?: pulumi.Input<string> },
): Record<string, pulumi.Input<string>> {
  const tags: Record<string, pulumi.Input<string>> = {};
  if (about.name !== undefined) tags.Name = about.name;
  if (about.tier !== undefined) tags["changeover:tier"] = about.tier;
  if (about.color !== undefined) tags["changeover:color"] = about.color;
  if (about.version !== undefined) tags["changeover:version"] = about.version;
  return { ...tags, ...own };
}
