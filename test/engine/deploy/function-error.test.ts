import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { displayUpdate } from "../../../engine/deploy/display";
import { UpdateFailedError } from "../../../engine/deploy/engine";
import { readableFunctionError } from "../../../engine/deploy/function-error";
import type { Step } from "../../../engine/state/step";

const printed = (errorMessage: string, more: object = {}) =>
  `invoking Lambda Function (shop-gate-1a2b3c4): ${JSON.stringify({ errorType: "GateCheckFailed", errorMessage, trace: [""], ...more })}`;

describe("errors of functions", () => {
  it("function error: the JSON of the provider becomes the function's sentences", () => {
    const message = 'Gate check failed: it answered {"error":"no \\"database\\""}.\nNo traffic was shifted.';
    assert.equal(
      readableFunctionError(`1 error occurred:\n\t* ${printed(message)}\n\n`),
      `1 error occurred:\n\t* function shop-gate-1a2b3c4 failed: GateCheckFailed: ${message}\n\n`,
    );
  });

  it("function error: two errors in one text become readable", () => {
    assert.equal(
      readableFunctionError(`${printed("one")}; ${printed("two")}`),
      "function shop-gate-1a2b3c4 failed: GateCheckFailed: one; function shop-gate-1a2b3c4 failed: GateCheckFailed: two",
    );
  });

  for (const text of [
    "quota exceeded",
    'invoking Lambda Function (gate): {"errorType":"Error"',
    "invoking Lambda Function (gate): {}",
    'invoking Lambda Function (gate): {"message":"Rate exceeded"}',
  ]) {
    it(`function error: other texts stay as they are: ${text}`, () => {
      assert.equal(readableFunctionError(text), text);
    });
  }

  it("function error: a failed update and its steps show the sentences, one line each", () => {
    const error = printed("It failed.\nRun it again.");
    assert.equal(
      new UpdateFailedError(`create of gate failed: ${error}`, []).message,
      "create of gate failed: function shop-gate-1a2b3c4 failed: GateCheckFailed: It failed.\nRun it again.",
    );
    const step: Step = {
      ...{ op: "create", urn: "urn:pulumi:dev::shop::a:b/c:C::gate", type: "a:b/c:C", name: "gate" },
      ...{ custom: true, changes: [], replaceReasons: [], protect: false, durationMs: 0, error },
    };
    assert.match(
      displayUpdate({ steps: [step] }),
      /\n {4}error: function shop-gate-1a2b3c4 failed: GateCheckFailed: It failed\.\n {4}Run it again\.\n/,
    );
  });
});
