import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { displaySteps, displaySummary, displayUpdate, wantsColor } from "../../../engine/deploy/display";
import type { Step } from "../../../engine/state/step";

describe("display", () => {
  const stack = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
  const step = (name: string, more: Partial<Step>): Step => ({
    ...{
      op: "same",
      urn: `urn:pulumi:dev::shop::a:b/c:C::${name}`,
      type: "a:b/c:C",
      name,
      parent: stack,
      custom: true,
    },
    ...{ changes: [], replaceReasons: [], protect: false, durationMs: 0 },
    ...more,
  });
  const change = { kind: "update", secret: false, forcesReplacement: false } as const;
  const steps: Step[] = [
    step("shop-dev", { urn: stack, type: "pulumi:pulumi:Stack", parent: undefined, custom: false }),
    step("rule", {
      op: "update",
      protect: true,
      changes: [
        { ...change, path: "weight", old: 0, new: 100 },
        { ...change, path: "token", old: "[secret]", new: "[secret]", secret: true },
        { ...change, path: "policy", old: "a", new: "x".repeat(200) },
        { ...change, path: "tags.new", kind: "add", old: undefined, new: "y" },
      ],
    }),
    step("gate", {
      op: "replace",
      changes: [{ ...change, path: "trigger", old: "1", new: "2", forcesReplacement: true }],
      replaceReasons: ["trigger"],
    }),
    step("new", { op: "create", durationMs: 2300 }),
    step("quiet", {}),
    step("gate", { op: "delete", replaced: true }),
    step("gone", { op: "delete" }),
  ];

  it("shows changes under their parents, and a summary", () => {
    assert.equal(
      displaySteps(steps, { valueWidth: 20 }),
      [
        "   pulumi:pulumi:Stack shop-dev",
        "  ~  a:b:C rule update [protected]",
        "      ~ weight: 0 => 100",
        "      ~ token: [secret] => [secret]",
        `      ~ policy: "a" => "${"x".repeat(18)}… (202 characters)`,
        '      + tags.new: "y"',
        "  +- a:b:C gate replace",
        '      ~ trigger: "1" => "2" (forces replacement)',
        "  +  a:b:C new create (2.3s)",
        "  -  a:b:C gone delete",
        "",
        "Resources: + 1 to create, ~ 1 to update, +- 1 to replace, - 1 to delete, 2 unchanged",
      ].join("\n"),
    );
  });

  it("uses the past tense after an update, and shows failures", () => {
    const failed = step("bad", { op: "create", error: "quota exceeded" });
    const text = displayUpdate({ steps: [...steps, failed] });
    assert.match(text, /new created \(2.3s\)/);
    assert.match(text, /bad create failed\n\s+error: quota exceeded/);
    assert.match(text, /Resources: \+ 1 created, ~ 1 updated/);
  });

  it("shows the summary only, or all resources", () => {
    assert.equal(displayUpdate({ steps: [step("a", {})] }, { detail: "summary" }), "Resources: 1 unchanged");
    assert.match(displaySteps(steps, { detail: "full" }), /a:b:C quiet/);
    assert.equal(
      displaySummary({ create: 0, update: 0, replace: 0, delete: 0, same: 0 }),
      "Resources: 0 unchanged",
    );
  });

  it("uses color on terminals only, and not with NO_COLOR", () => {
    const escapeCode = String.fromCharCode(27);
    assert.ok(!displaySteps(steps).includes(escapeCode));
    assert.ok(displaySteps(steps, { color: true }).includes(escapeCode));
    assert.deepEqual(
      [wantsColor({ isTTY: true }, {}), wantsColor({ isTTY: true }, { NO_COLOR: "1" }), wantsColor({}, {})],
      [true, false, false],
    );
  });
});
