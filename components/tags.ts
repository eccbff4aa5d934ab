import type * as pulumi from "@pulumi/pulumi";
import type { Color } from "./color";
import { check } from "./invalid";
import { TAG_KEY, TAG_VALUE } from "./rules";

type Tags = Record<string, pulumi.Input<string>>;

interface About {
  readonly name?: string;
  readonly tier?: pulumi.Input<string>;
  readonly color?: Color;
  readonly version?: pulumi.Input<string>;
}

/** What cost and audit reports group by. A team's own tags win over ours. */
export function withTags(own: Tags | undefined, about: About): Tags {
  const tags: Tags = {};
  if (about.name !== undefined) tags.Name = about.name;
  if (about.tier !== undefined) tags["changeover:tier"] = about.tier;
  if (about.color !== undefined) tags["changeover:color"] = about.color;
  if (about.version !== undefined) tags["changeover:version"] = about.version;
  return { ...tags, ...own };
}

/** What AWS takes on a resource. */
const MOST_TAGS = 50;

/**
 * A team's own tags.
 * @param about as what the component gives {@link withTags} for the resource on which it says most.
 */
export function checkTags(what: string, tags: Tags | undefined, about: About = { name: "" }): void {
  if (tags === undefined) return;
  const added = Object.keys(withTags(undefined, about)).filter((key) => !(key in tags)).length;
  check(`${what}: number of tags`, Object.keys(tags).length, {
    allowed: `at most ${MOST_TAGS - added}: AWS takes ${MOST_TAGS}, and the component adds ${added}`,
    holds: (count) => count + added <= MOST_TAGS,
  });
  for (const [key, value] of Object.entries(tags)) {
    check(what, key, TAG_KEY);
    check(`${what}.${key}`, value, TAG_VALUE);
  }
}
