import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { checkTags, tagList } from "../../components/validation/tags";

const tags = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, ""]));

describe("tags of a team", () => {
  it("are as many as AWS takes beside those that a component adds", () => {
    const fleet = { name: "", tier: "web", color: "blue", version: "" } as const;
    checkTags("tags", tags(49));
    checkTags("tags", { ...tags(49), Name: "ours" });
    checkTags("tags", tags(46), fleet);
    assert.throws(
      () => checkTags("tags", tags(50)),
      /got 50; allowed is at most 49: AWS takes 50, and the component adds 1/,
    );
    assert.throws(() => checkTags("tags", tags(47), fleet), /got 47; allowed is at most 46/);
  });

  it("have keys and values that every service takes", () => {
    checkTags("tags", { team: "shop", "cost center": Promise.resolve("a;b") });
    assert.throws(() => checkTags("tags", { "aws:team": "shop" }), /tags: got "aws:team"/);
    assert.throws(() => checkTags("tags", { team: "a;b" }), /tags\.team: got "a;b"/);
  });

  it("are no tags of an Auto Scaling Group where they are left open: it needs a value of each", () => {
    const open = undefined as unknown as string;
    assert.deepEqual(tagList({ team: "shop", costCenter: open }), [
      { key: "team", value: "shop", propagateAtLaunch: false },
    ]);
  });
});
