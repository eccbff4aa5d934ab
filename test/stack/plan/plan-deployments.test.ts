import assert from "node:assert/strict";
import { waitingNote } from "../../../stack/plan/plan-deployments";
import { planUpdate } from "./support";

const SETTINGS = {
  "web.instanceType": "t4g.small",
  "web.minInstances": 2,
  drainSeconds: 300,
  idleTimeoutSeconds: 60,
  "database.requireTls": false,
};

const BOTH = { blue: "1.0.0", green: "1.1.0" };

describe("deployment plan", () => {
  const before = planUpdate({}, null, { settings: SETTINGS });
  const deployed = { ...before.release, versions: BOTH };
  const changed = {
    ...SETTINGS,
    "web.instanceType": "m7g.large",
    idleTimeoutSeconds: 120,
    "database.requireTls": true,
  };

  it("keeps the instances of a color whose version is unchanged", () => {
    assert.deepEqual(before.deployed, []);
    const plan = planUpdate({}, deployed, { settings: changed });
    assert.deepEqual(plan.deployed, ["blue", "green"]);
    assert.deepEqual(plan.release.deployed, before.release.deployed);
    assert.ok(!("web.minInstances" in (plan.release.deployed?.blue ?? {})));
  });

  it("says which settings wait for the next deployment of which color", () => {
    const plan = planUpdate({}, deployed, { settings: { ...SETTINGS, "web.instanceType": "m7g.large" } });
    assert.deepEqual(plan.notes, [
      "blue 1.0.0 keeps web.instanceType t4g.small: m7g.large applies to the next deployment of blue.",
      "green 1.1.0 keeps web.instanceType t4g.small: m7g.large applies to the next deployment of green.",
    ]);
    assert.deepEqual(
      planUpdate({}, deployed, { settings: { ...SETTINGS, "web.minInstances": 3 } }).notes,
      [],
    );
  });

  it("shows a setting that is removed as its default", () => {
    const note = waitingNote({
      color: "blue",
      version: "1.0.0",
      key: "web.imageId",
      deployed: "ami-1",
      configured: undefined,
    });
    assert.match(note, /keeps web\.imageId ami-1: its default applies/);
  });

  it("applies them with another build of the same version", () => {
    const versions = { ...BOTH, green: "1.1.0+2" };
    const plan = planUpdate({ versions }, deployed, { settings: changed });
    assert.deepEqual(plan.deployed, ["blue"]);
    assert.equal(plan.release.deployed?.green?.["web.instanceType"], "m7g.large");
    assert.equal(plan.release.deployed?.blue?.["web.instanceType"], "t4g.small");
  });

  it("raises the load balancers' idle timeout, and requires TLS, only with the last running deployment", () => {
    const old = { idleTimeoutSeconds: 60, requireTls: false };
    assert.deepEqual(planUpdate({}, deployed, { settings: changed }).shared, old);
    const green = planUpdate({ versions: { ...BOTH, green: "1.1.0+2" } }, deployed, { settings: changed });
    assert.deepEqual(green.shared, old);
    const flipped = planUpdate({ live: "green", versions: { ...BOTH, green: "1.1.0+2" } }, green.release, {
      settings: changed,
    });
    assert.deepEqual(flipped.shared, old, "blue is warm");
    const both = { blue: "1.0.0+2", green: "1.1.0+2" };
    const last = planUpdate({ live: "green", versions: both }, flipped.release, { settings: changed });
    assert.deepEqual(last.shared, { idleTimeoutSeconds: 120, requireTls: true });
  });

  it("lowers the load balancers' idle timeout at once", () => {
    const settings = { ...SETTINGS, idleTimeoutSeconds: 30 };
    assert.equal(planUpdate({}, deployed, { settings }).shared.idleTimeoutSeconds, 30);
  });
});
