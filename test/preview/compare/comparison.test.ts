import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Graph } from "../../../engine/program/graph";
import type { Properties } from "../../../engine/values/values";
import { compareGraphs } from "../../../preview/compare/comparison";
import { mayBeReplacement } from "../../../preview/compare/steps";
import { graph, resource } from "../findings/graphs";

describe("preview comparison:", () => {
  it("a new block with an input that forces a replacement may be a replacement", () => {
    const server = (rootBlockDevice?: Properties) =>
      graph(resource("aws:ec2/instance:Instance", "web", { ...(rootBlockDevice && { rootBlockDevice }) }));
    const mayReplace = (...graphs: [Graph, Graph]) =>
      compareGraphs(...graphs).steps.map((step) => mayBeReplacement(step));
    assert.deepEqual(mayReplace(server(), server({ encrypted: true })), [true]);
    assert.deepEqual(mayReplace(server(), server({ volumeSize: 20 })), [false]);
    assert.deepEqual(mayReplace(server({ volumeSize: 20 }), server({ volumeSize: 30 })), [false]);
    const [step] = compareGraphs(server({ encrypted: false }), server({ encrypted: true })).steps;
    assert.equal(step?.op, "replace");
  });
});
