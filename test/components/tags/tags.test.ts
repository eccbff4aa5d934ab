import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { describe, it } from "mocha";
import { tagList, withTags } from "../../../components/tags/resource-tags";
import { tagsSpec } from "../../../components/tags/tagged-args";
import { requirementIssue } from "../../../components/validation/find-issues";

const tags = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, ""]));

function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

describe("tags", () => {
  it("tags: are at most 50 with those of the component", () => {
    const allowedOf = (own: Record<string, string>, added?: readonly string[]) =>
      tagsSpec(added).check(own, "tags")[0]?.allowed;
    const added = ["Name", "changeover:tier", "changeover:color", "changeover:version"];
    assert.equal(allowedOf(tags(49)), undefined);
    assert.equal(allowedOf({ ...tags(49), Name: "ours" }), undefined);
    assert.equal(allowedOf(tags(46), added), undefined);
    assert.equal(allowedOf(tags(50)), "at most 49 tags (AWS allows 50, and the component adds 1)");
    assert.match(allowedOf(tags(47), added) ?? "", /^at most 46 tags/);
  });

  it("tags: have keys and values that every service accepts", () => {
    const { keys, items } = tagsSpec();
    assert.equal(requirementIssue("tags", "cost center", keys), undefined);
    assert.ok(requirementIssue("tags", "aws:team", keys));
    assert.equal(
      requirementIssue("tags", "changeover:version", keys)?.remedy,
      "Use another key: tags with this prefix are the component's own.",
    );
    // The program marks its resources itself.
    assert.equal(requirementIssue("tags", "changeover:stack", keys), undefined);
    assert.ok(requirementIssue("tags.team", "a;b", items.format));
  });

  it("tags: leave out undefined values in the list of an Auto Scaling group", () => {
    const missing = undefined as unknown as string;
    assert.deepEqual(tagList({ team: "shop", costCenter: missing }), [
      { key: "team", value: "shop", propagateAtLaunch: false },
    ]);
  });

  it("tags: leave out a tier that is an output of null, as other languages pass it", async () => {
    const tagged = withTags(
      { team: "shop" },
      { name: "web", tier: pulumi.output(null as unknown as string) },
    );
    const [map, list] = await resolved(pulumi.all([tagged, tagList(tagged)]));
    assert.deepEqual(map, { Name: "web", team: "shop" });
    assert.deepEqual(
      list.map(({ key }) => key),
      ["Name", "team"],
    );
  });
});
