import * as pulumi from "@pulumi/pulumi";
import type { Color } from "../fleet/color";
import { entryPath, requirementIssue } from "../validation/find-issues";
import { isOutput } from "../validation/unknown";
import { throwIssues } from "../validation/validate-args";
import { OWN_TAG_KEY } from "./own-tag-keys";

type Tags = Record<string, pulumi.Input<string>>;

interface TagSubject {
  readonly name?: string;
  readonly tier?: pulumi.Input<string>;
  readonly color?: Color;
  readonly version?: pulumi.Input<string>;
}

/** Tags for grouping in cost and audit reports. */
function tagsOf(subject: TagSubject): Tags {
  const tags: Tags = {};
  if (subject.name !== undefined) tags.Name = subject.name;
  if (subject.tier !== undefined) tags["changeover:tier"] = subject.tier;
  if (subject.color !== undefined) tags["changeover:color"] = subject.color;
  if (subject.version !== undefined) tags["changeover:version"] = subject.version;
  return tags;
}

/** Merges the component's tags with the given ones, which take precedence. */
export function withTags(own: pulumi.Input<Tags> | undefined, subject: TagSubject): pulumi.Input<Tags> {
  const tags = tagsOf(subject);
  if (isPlain(own) && !isOutput(subject.tier)) return { ...tags, ...own };
  // In a program that is not written in TypeScript, the tier of a fleet without a tier is an output that resolves to
  // null. The tag is removed then.
  return pulumi.all([tags, own]).apply(([first, second]) => {
    rejectReservedKeys(subject, second ?? {});
    return Object.fromEntries(definedTags({ ...first, ...second }));
  });
}

/** Checks keys that were not known before. */
function rejectReservedKeys({ name = "" }: TagSubject, tags: Readonly<Record<string, unknown>>): void {
  const issues = Object.keys(tags).flatMap(
    (key) => requirementIssue(entryPath("tags", key), key, OWN_TAG_KEY) ?? [],
  );
  throwIssues(`Tags of "${name}"`, issues);
}

/** Adds tags that functions and IAM policies read, so the given tags cannot override them. */
export function withOwnTags(
  tags: pulumi.Input<Tags>,
  own: Readonly<Record<string, string>>,
): pulumi.Input<Tags> {
  if (isPlain(tags)) return { ...tags, ...own };
  return pulumi.output(tags).apply((known) => ({ ...known, ...own }));
}

/**
 * The tag by which IAM policies recognize the resources of a stack that functions may change: `<project>/<stack>`.
 */
export function stackTag(): { readonly "changeover:stack": string } {
  return { "changeover:stack": stackName() };
}

/** The stack's name in tags and notifications. */
export function stackName(): string {
  return `${pulumi.getProject()}/${pulumi.getStack()}`;
}

/**
 * Tags in the form of an Auto Scaling group. Undefined values are removed, because Pulumi does not remove them from
 * lists.
 */
export function tagList(tags: pulumi.Input<Tags>) {
  const list = (known: Tags) =>
    definedTags(known).map(([key, value]) => ({ key, value, propagateAtLaunch: false }));
  return isPlain(tags) ? list(tags) : pulumi.output(tags).apply(list);
}

function definedTags<Value>(tags: Readonly<Record<string, Value>>): [string, Value][] {
  return Object.entries(tags).filter(([, value]) => value !== undefined && value !== null);
}

function isPlain(tags: pulumi.Input<Tags> | undefined): tags is Tags | undefined {
  return !isOutput(tags);
}
