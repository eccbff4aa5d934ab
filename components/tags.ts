import type * as pulumi from "@pulumi/pulumi";
import type { Color } from "./color";
import { check } from "./invalid";
import { checkInput } from "./known";
import { TAG_KEY, TAG_VALUE } from "./rules";

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

/** AWS takes 50 on a resource, and we add up to four. */
const MOST_TAGS = 46;

/** A team's own tags, checked. */
export function checkTags(
  what: string,
  tags: Record<string, pulumi.Input<string>> | undefined,
): Record<string, pulumi.Input<string>> | undefined {
  if (tags === undefined) return undefined;
  const entries = Object.entries(tags);
  check(`${what}: number of tags`, entries.length, {
    allowed: `at most ${MOST_TAGS}`,
    holds: (count) => count <= MOST_TAGS,
  });
  return Object.fromEntries(
    entries.map(([key, value]) => {
      check(what, key, TAG_KEY);
      return [key, checkInput(`${what}.${key}`, value, TAG_VALUE)];
    }),
  );
}
