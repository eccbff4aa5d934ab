import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InProcessEngine } from "../../../engine/deploy/in-process-engine";
import { StackState } from "../../../engine/state/stack-state";
import { createSimulator, type Simulator } from "../../../simulator";
import { changesOf } from "../../support/stack";

const RANGES = ["198.51.100.0/25", "203.0.113.0/24", "198.51.100.128/25"];
const [FIRST = "", SECOND = "", THIRD = ""] = RANGES;
const RULE = "vpc/securityGroupIngressRule:SecurityGroupIngressRule office-lb-in-80";

describe("load balancer: allowedCidrs in the simulator", function () {
  this.timeout(120_000);
  let folder: string;
  let simulator: Simulator;
  const state = new StackState();
  let engine: InProcessEngine;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "changeover-admitted-"));
    simulator = await createSimulator({ directory: join(folder, "cloud") });
    engine = new InProcessEngine({
      programDirectory: join(__dirname, "fixtures", "balancer"),
      stack: "test",
      provider: simulator.providers,
      state,
    });
    await engine.up({ config: { "balancer:allowed": RANGES } });
  });
  after(async () => {
    await simulator?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The changes of an update to the ingress rules. */
  const admit = async (...allowed: string[]) =>
    changesOf(await engine.up({ config: { "balancer:allowed": allowed } })).filter(
      (change) => !change.endsWith("changeover:index:LoadBalancer office"),
    );

  it("allowedCidrs: keep the rules that a former version named by their index", async () => {
    const sources = [...RANGES.map((range) => range.replace(/[./]/g, "-")), "output-1", "output-2"];
    for (const [index, source] of sources.entries()) {
      const [urn = ""] = [...state.resources.keys()].filter((each) =>
        each.endsWith(`lb-in-80-from-${source}`),
      );
      state.rename(urn, urn.replace(`-from-${source}`, index === 0 ? "" : `-${index + 1}`));
    }
    assert.ok([...state.resources.keys()].some((urn) => urn.endsWith("lb-in-80-5")));
    assert.deepEqual(await admit(...RANGES), []);
  });

  it("allowedCidrs: keep their rules when their order changes", async () => {
    assert.deepEqual(await admit(THIRD, FIRST, SECOND), []);
  });

  it("allowedCidrs: delete the rule of a removed range only", async () => {
    assert.deepEqual(await admit(FIRST, SECOND), [`delete ${RULE}-from-198-51-100-128-25`]);
    assert.deepEqual(await admit(SECOND), [`delete ${RULE}-from-198-51-100-0-25`]);
  });

  it("allowedCidrs: create one rule for a range that is inserted first", async () => {
    assert.deepEqual(await admit(THIRD, SECOND), [`create ${RULE}-from-198-51-100-128-25`]);
  });
});
