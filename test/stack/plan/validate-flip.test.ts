import assert from "node:assert/strict";
import { formatIssue } from "../../../components/validation/validation-issue";
import { rejectedValues } from "../issues";
import { planUpdate, updateIssues } from "./support";

const SETTINGS = { live: "blue", idle: "warm", "web.minInstances": 2, alarms: ["busy"] };
const DEFAULTS = { stickySeconds: 300 };

describe("flip", () => {
  const { release } = planUpdate({}, {}, { settings: SETTINGS });
  const flip = { live: "green" } as const;
  const keysOf = (settings: Readonly<Record<string, unknown>>, wanted: object = flip) =>
    rejectedValues(
      updateIssues(wanted, release, { settings: { ...SETTINGS, ...settings }, defaults: DEFAULTS }),
    ).map(([key]) => key);

  it("flip: is rejected with each other setting that differs from the last update", () => {
    const settings = { ...SETTINGS, live: "green", "web.minInstances": 3, alarms: ["busy", "slow"] };
    const issues = updateIssues(flip, release, { settings, defaults: DEFAULTS });
    assert.deepEqual(issues.map(formatIssue), [
      "web.minInstances must be 2, as in the last update, while this update shifts traffic, got 3. " +
        "Change it in an update of its own, before or after. If it must be in this one: `pulumi config set allowMixedFlip true`.",
      'alarms must be ["busy"], as in the last update, while this update shifts traffic, got ["busy","slow"]. ' +
        "Change it in an update of its own, before or after. If it must be in this one: `pulumi config set allowMixedFlip true`.",
    ]);
  });

  it("flip: is rejected with a setting that is removed, also when a canary changes", () => {
    assert.deepEqual(keysOf({ "web.minInstances": undefined }), ["web.minInstances"]);
    assert.deepEqual(keysOf({ idle: "off" }), ["idle"]);
    assert.deepEqual(keysOf({ stickySeconds: 60 }, { canaryPercent: 10 }), ["stickySeconds"]);
  });

  it("flip: may change the settings of the shift, and allowMixedFlip allows any other", () => {
    const own = {
      ...{
        live: "green",
        canaryPercent: 0,
        expectedSerial: 1,
        updateId: "run-7",
        bakeMinutes: 10,
        bakeSeconds: 6,
      },
      ...{ actor: "anna", commit: "0123abc", reason: "release" },
    };
    assert.deepEqual(keysOf(own), []);
    const settings = { ...SETTINGS, "web.minInstances": 3 };
    assert.deepEqual(updateIssues(flip, release, { settings, request: { allowMixedFlip: true } }), []);
  });

  it("flip: may have a setting that the last update did not know, with its default", () => {
    assert.deepEqual(keysOf({ stickySeconds: 300 }), []);
  });

  it("flip: of a stack whose settings were not recorded is not compared", () => {
    assert.deepEqual(updateIssues(flip, {}, { settings: SETTINGS }), []);
    assert.deepEqual(updateIssues({}, release, { settings: { ...SETTINGS, idle: "off" } }), []);
  });
});
