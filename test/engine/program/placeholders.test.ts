import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { dataSourceKey } from "../../../engine/program/data-source-key";
import { evaluate } from "../../../engine/program/evaluate";
import type { Graph } from "../../../engine/program/graph";
import { ProgramError } from "../../../engine/program/program-error";
import { printable } from "../../../engine/values/property-diff";
import { Secret } from "../../../engine/values/values";
import { fixture, inParallel } from "../support";

describe("placeholders of a data source", () => {
  const evaluateUse = (use: string) =>
    evaluate({
      ...{ programDirectory: fixture("placeholders"), stack: "dev", config: { use } },
      dataSources: () => ({ outputs: { arn: "<place.arn>" } }),
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
  const needs = ["loop", "map", "count", "calculation", "comparison", "split"];
  let graph: Graph;
  const errors = new Map<string, unknown>();
  before(async function () {
    this.timeout(60_000);
    await inParallel(["values", ...needs], 3, async (use) => {
      if (use === "values") graph = await evaluateUse(use);
      else errors.set(use, await evaluateUse(use).catch((caught: unknown) => caught));
    });
  });

  for (const [use, value] of Object.entries(values)) {
    it(`keep what is known: ${use}`, () => {
      const resource = graph.resources.find(({ name }) => name === use);
      assert.deepEqual(printable(resource?.inputs.value ?? null), value);
    });
  }

  it("are listed in the graph", () => {
    assert.equal(graph.placeholders[0]?.token, "memory:index:getPlace");
  });

  for (const use of needs) {
    it(`fail where the program needs the value: ${use}`, () => {
      const error = errors.get(use);
      assert.ok(error instanceof ProgramError, String(error));
      assert.match(error.message, /<getPlace\(default=true\)\.\w+>, .* getPlaceOutput\(…\)/);
      assert.match(error.message, /without a cloud: .* memory:index:getPlace /);
      assert.match(error.frames[0] ?? "", /index\.ts:\d+/);
    });
  }
});

describe("key of a data source", () => {
  it("is the same for equal calls, in characters that may stand in JSON and placeholders", () => {
    assert.equal(dataSourceKey("aws:index/getRegion:getRegion", {}), "getRegion");
    const args = { tags: { Name: 'a "b"' }, ids: ["<Vpc:v.id>", 1], most: null };
    assert.equal(dataSourceKey("a:b:getIt", args), "getIt(ids=[Vpc:v.id,1],tags={Name=ab})");
  });

  it("is cut if it is long, and still differs", () => {
    const long = (end: string) => dataSourceKey("a:b:getIt", { text: `${"x".repeat(200)}${end}` });
    assert.ok(long("1").length < 110);
    assert.notEqual(long("1"), long("2"));
  });

  it("masks secrets", () => {
    assert.equal(dataSourceKey("a:b:getIt", { key: new Secret("hunter2") }), "getIt(key=[secret])");
  });
});
