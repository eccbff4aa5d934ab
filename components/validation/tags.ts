import * as pulumi from "@pulumi/pulumi";
import type { Color } from "../fleet/color";
import { check, isEventual } from "./invalid-argument";
import { TAG_KEY, TAG_VALUE } from "./rules";

type Tags = Record<string, pulumi.Input<string>>;

interface About {
  readonly name?: string;
  readonly tier?: pulumi.Input<string>;
  readonly color?: Color;
  readonly version?: pulumi.Input<string>;
}

/** What cost and audit reports group by. */
function tagsOf(about: About): Tags {
  const tags: Tags = {};
  if (about.name !== undefined) tags.Name = about.name;
  if (about.tier !== undefined) tags["changeover:tier"] = about.tier;
  if (about.color !== undefined) tags["changeover:color"] = about.color;
  if (about.version !== undefined) tags["changeover:version"] = about.version;
  return tags;
}

/** Those, and a team's own, which win over ours. */
export function withTags(own: pulumi.Input<Tags> | undefined, about: About): pulumi.Input<Tags> {
  const ours = tagsOf(about);
  return isPlain(own)
    ? { ...ours, ...own }
    : pulumi.all([ours, own]).apply(([first, second]) => ({ ...first, ...second }));
}

/** As an Auto Scaling Group has them: a list, of which Pulumi leaves out nothing. */
export function tagList(tags: pulumi.Input<Tags>) {
  const list = (known: Tags) =>
    Object.entries(known)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ({ key, value, propagateAtLaunch: false }));
  return isPlain(tags) ? list(tags) : pulumi.output(tags).apply(list);
}

function isPlain(tags: pulumi.Input<Tags> | undefined): tags is Tags | undefined {
  return !isEventual(tags);
}

/** What AWS takes on a resource. */
const MOST_TAGS = 50;

/**
 * A team's own tags.
 * @param about as what the component gives {@link withTags} for the resource on which it says most.
 */
export function checkTags(
  what: string,
  tags: pulumi.Input<Tags> | undefined,
  about: About = { name: "" },
): void {
  if (tags === undefined || !isPlain(tags)) return;
  const added = Object.keys(tagsOf(about)).filter((key) => !(key in tags)).length;
  check(`${what}: number of tags`, Object.keys(tags).length, {
    allowed: `at most ${MOST_TAGS - added}: AWS takes ${MOST_TAGS}, and the component adds ${added}`,
    holds: (count) => count + added <= MOST_TAGS,
  });
  for (const [key, value] of Object.entries(tags)) {
    check(what, key, TAG_KEY);
    check(`${what}.${key}`, value, TAG_VALUE);
  }
}
