import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Graph } from "../../../engine/program/graph";
import { findingOn, graph, severityAndSummary } from "./graphs";

describe("finding rollback:", () => {
  const state = (
    live: "blue" | "green",
    versions: Readonly<Record<string, string>>,
    more: { open?: boolean; reason?: string; closedBy?: string[]; wouldBeClosedBy?: string[] } = {},
  ): Graph => {
    const color = live === "blue" ? "green" : "blue";
    const reason = `${color} runs ${versions[color]} and is warm`;
    const rollback = { ...{ open: true, color, reason, closedBy: [], wouldBeClosedBy: [] }, ...more };
    return { ...graph(), outputs: { live, versions: { ...versions }, rollback } };
  };
  const finding = (base: Graph, head: Graph) => severityAndSummary("rollback", base, head);
  const both = { blue: "1.0.0", green: "1.1.0" };
  const retired = { open: false, reason: "blue is retired" };
  const contracted = { open: false, reason: "0002_a is applied", closedBy: ["0002_a"] };
  const alone = state("blue", { blue: "1.0.0" }, { open: false, reason: "green has no version" });

  it("none while the former or the newer version can be flipped to", () => {
    assert.deepEqual(finding(alone, state("blue", both)), [
      "none",
      "After this update there is nothing to roll back to: 1.1.0 on green has not received traffic yet. It is warm, so traffic can shift to it.",
    ]);
    assert.deepEqual(finding(state("green", both), state("blue", both)), [
      "none",
      "After this update, traffic can roll back from 1.0.0 to 1.1.0: green runs 1.1.0 and is warm.",
    ]);
    assert.deepEqual(finding(state("blue", both), state("green", both)), [
      "none",
      "After this update, traffic can roll back from 1.1.0 to 1.0.0: blue runs 1.0.0 and is warm.",
    ]);
    assert.equal(finding(graph(), alone)[0], "info");
  });

  it("details name the scripts that would close the rollback window", () => {
    const closable = state("green", both, { wouldBeClosedBy: ["0004_a"] });
    assert.match(findingOn("rollback", state("blue", both), closable)?.details.join() ?? "", /^0004_a /);
  });

  it("danger when the idle color is retired, with the version to deploy again", () => {
    for (const base of [state("green", both), state("blue", both)]) {
      const [severity, summary] = finding(base, state("green", both, retired));
      assert.equal(severity, "danger");
      assert.match(
        summary ?? "",
        /^This CLOSES rollback to 1\.0\.0 \(blue is retired\).* deploying 1\.0\.0 again/,
      );
    }
  });

  it("danger when a contract closes rollback for good, also of a retired color", () => {
    for (const base of [state("green", both, retired), state("green", both)]) {
      const [severity, summary] = finding(base, state("green", both, contracted));
      assert.equal(severity, "danger");
      assert.match(summary ?? "", /^This CLOSES rollback to 1\.0\.0 for good \(0002_a is applied\)/);
    }
    assert.equal(finding(state("green", both, contracted), state("green", both, contracted))[0], "info");
  });

  it("warning when the former color gets the next version", () => {
    const [severity, summary] = finding(state("green", both), state("green", { ...both, blue: "1.2.0" }));
    assert.equal(severity, "warning");
    assert.match(summary ?? "", /^This ENDS rollback to 1\.0\.0 /);
  });

  it("a version that never received traffic is no target of a rollback", () => {
    const [severity, summary] = finding(state("blue", both), state("blue", { ...both, green: "1.2.0" }));
    assert.equal(severity, "none");
    assert.match(summary ?? "", /nothing to roll back to: 1\.2\.0 on green has not received traffic yet/);
  });

  it("the rollback of a canary is its percentage", () => {
    const canary = state("blue", both);
    const outputs = { ...canary.outputs, weights: { blue: 90, green: 10 } };
    const [severity, summary] = finding(state("blue", both), { ...canary, outputs });
    assert.equal(severity, "none");
    assert.match(summary ?? "", /set canaryPercent to 0: all traffic returns to 1\.0\.0\.$/);
  });

  it("reads a program with less information, and the former output wayBack", () => {
    const bare = (open: boolean, output = "rollback"): Graph => ({
      ...graph(),
      outputs: { [output]: { open, reason: "a reason" } },
    });
    assert.deepEqual(finding(bare(true), bare(true)), [
      "none",
      "After this update a rollback is possible: a reason.",
    ]);
    assert.equal(finding(bare(true), bare(false))[0], "danger");
    assert.equal(finding(bare(true, "wayBack"), bare(false))[0], "danger");
    assert.equal(finding(bare(false, "wayBack"), bare(false))[0], "info");
  });
});
