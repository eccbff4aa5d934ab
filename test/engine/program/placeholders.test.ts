import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { dataSourceKey } from "../../../engine/program/data-source-key";
import { evaluate } from "../../../engine/program/evaluate";
import { ProgramError } from "../../../engine/program/program-error";
import { printable } from "../../../engine/values/property-diff";
import { Secret } from "../../../engine/values/values";
import { fixture } from "../support";

describe("a data source that nobody can be asked", () => {
  const using = (use: string) =>
    evaluate({
      ...{ programDirectory: fixture("placeholders"), stack: "dev", config: { use } },
      answers: () => ({ outputs: { arn: "<place.arn>" } }),
    });

  const whole = "<getPlace(default=true).cidr>";
  const values: Readonly<Record<string, unknown>> = {
    known: "<place.arn>",
    "known, of an output": "<place.arn>",
    "known, in a text of an output": "<place.arn>/*",
    passed: "[unknown]",
    "in a text": `${whole} or <getPlace(default=true).other>!`,
    "in JSON": '{"Principal":"<getPlace(default=true).owner>"}',
    "out of JSON": "[unknown]",
    "in a text, out of JSON": "<getPlace(default=true).description.image>",
    "an element": "[unknown]",
    "in a text, an element": "<getPlace(default=true).ids[0]>",
    "applied to an output": "[unknown]",
    "of an output": "[unknown]",
    all: "[unknown]",
  };
  for (const [use, value] of Object.entries(values)) {
    it(`gives a program what can be told: ${use}`, async () => {
      const { resources, placeholders } = await using(use);
      const user = resources.find(({ name }) => name === "user");
      assert.deepEqual(printable(user?.inputs.value ?? null), value);
      assert.equal(placeholders[0]?.token, "memory:index:getPlace");
    });
  }

  for (const use of ["loop", "map", "count", "calculation", "comparison", "split"]) {
    it(`says what a program cannot go on without: ${use}`, async () => {
      const error = await using(use).catch((caught: unknown) => caught);
      assert.ok(error instanceof ProgramError, "it went on");
      assert.match(
        error.message,
        /cannot go on without <getPlace\(default=true\)\.\w+>, .* getPlaceOutput\(…\)/,
      );
      assert.match(error.message, /There was no cloud to ask for memory:index:getPlace;/);
      assert.match(error.frames[0] ?? "", /index\.ts:\d+/);
    });
  }
});

describe("a dataSourceKey to a data source", () => {
  it("reads the same when it is the same, in characters that JSON and symbols take", () => {
    assert.equal(dataSourceKey("aws:index/getRegion:getRegion", {}), "getRegion");
    const args = { tags: { Name: 'a "b"' }, ids: ["<Vpc:v.id>", 1], most: null };
    assert.equal(dataSourceKey("a:b:getIt", args), "getIt(ids=[Vpc:v.id,1],tags={Name=ab})");
  });

  it("is cut when it is long, and still differs", () => {
    const long = (end: string) => dataSourceKey("a:b:getIt", { text: `${"x".repeat(200)}${end}` });
    assert.ok(long("1").length < 110);
    assert.notEqual(long("1"), long("2"));
  });

  it("does not hold a secret", () => {
    assert.equal(dataSourceKey("a:b:getIt", { key: new Secret("hunter2") }), "getIt(key=[secret])");
  });
});
