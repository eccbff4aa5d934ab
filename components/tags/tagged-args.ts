import type * as pulumi from "@pulumi/pulumi";
import type { MapForm } from "../validation/args-spec";
import { TAG_VALUE } from "../validation/formats";
import { isOutput } from "../validation/unknown";
import { ValueDescription } from "../validation/validation-issue";
import { OWN_TAG_KEY } from "./own-tag-keys";

/** Args of a component whose resources can have additional tags. */
export interface TaggedArgs {
  /**
   * Additional tags. `Name` overrides the component's own. Keys that begin with `changeover:` are the component's own, and
   * updates read them.
   *
   * At most 50 tags, including those of the component (`Name`, `changeover:tier`, `changeover:color`,
   * `changeover:version`). A key has 1-128 characters and does not begin with `aws:`, a value has up to 256: letters,
   * digits, spaces and `_.:/=+-@`.
   *
   * @default none
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

type Tags = Readonly<Record<string, pulumi.Input<string>>>;

const MAX_TAGS = 50;

/** @param added the tags that the component itself adds, on the resource that gets most of them */
export function tagsSpec(added: readonly string[] = ["Name"]) {
  return {
    kind: "map",
    whenOmitted: "none",
    input: true,
    keys: OWN_TAG_KEY,
    items: { kind: "string", format: TAG_VALUE, input: true },
    check: (tags, key) => [tagCountIssue(key, tags, added)],
  } as const satisfies MapForm<pulumi.Input<string>> & { whenOmitted: string; input: true };
}

/** Returns an issue if a resource that also has the tier's tag would have too many tags. */
export function tierTagsIssue(tags: TaggedArgs["tags"], tier: unknown, added: readonly string[]) {
  if (tags === undefined || isOutput(tags) || tier === undefined) return undefined;
  return tagCountIssue("tags", tags as Tags, [...added, "changeover:tier"]);
}

function tagCountIssue(key: string, tags: Tags, added: readonly string[]) {
  const addedCount = added.filter((each) => !(each in tags)).length;
  const count = Object.keys(tags).length;
  if (count + addedCount <= MAX_TAGS) return undefined;
  return {
    key,
    allowed: `at most ${MAX_TAGS - addedCount} tags (AWS allows ${MAX_TAGS}, and the component adds ${addedCount})`,
    got: new ValueDescription(`${count} tags`),
  };
}
