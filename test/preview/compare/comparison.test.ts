import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Graph } from "../../../engine/program/graph";
import type { Properties } from "../../../engine/values/values";
import { compareGraphs, isDoubtful } from "../../../preview/compare/comparison";
import { graph, resource } from "../findings/graphs";

describe("comparison", () => {
  it("does not vouch for a block that comes with an input in it which replaces", () => {
    const server = (rootBlockDevice?: Properties) =>
      graph(resource("aws:ec2/instance:Instance", "web", { ...(rootBlockDevice && { rootBlockDevice }) }));
    const doubt = (...graphs: [Graph, Graph]) =>
      compareGraphs(...graphs).steps.map((step) => isDoubtful(step));
    assert.deepEqual(doubt(server(), server({ encrypted: true })), [true]);
    assert.deepEqual(doubt(server(), server({ volumeSize: 20 })), [false]);
    assert.deepEqual(doubt(server({ volumeSize: 20 }), server({ volumeSize: 30 })), [false]);
    const [step] = compareGraphs(server({ encrypted: false }), server({ encrypted: true })).steps;
    assert.equal(step?.op, "replace");
  });
});
