import assert from "node:assert/strict";
import { type CheckOutcome, functionStatus, namedCheck } from "../../traffic/checks";

describe("traffic: checks", () => {
  const results: readonly (readonly [string, CheckOutcome["status"]])[] = [
    ["null", "passed"],
    ['"ok"', "passed"],
    ["", "passed"],
    ['{"hookStatus":"SUCCEEDED"}', "passed"],
    ['{"hookStatus":"FAILED"}', "failed"],
    ['{"hookStatus":"IN_PROGRESS","callBackDelay":30}', "in-progress"],
    ['{"hookStatus":"succeeded"}', "failed"],
    ['{"statusCode":200,"body":"ok"}', "passed"],
    ['{"statusCode":503}', "failed"],
    ['{"statusCode":"503"}', "failed"],
  ];
  for (const [result, status] of results) {
    it(`checks: a function that returns ${result || "nothing"} has ${status}`, () => {
      assert.equal(functionStatus(result), status);
    });
  }

  it("checks: have either a URL or a function", () => {
    const isValid = (check: object) => namedCheck.safeParse({ name: "smoke", ...check }).success;
    assert.ok(isValid({ url: "https://shop.example.com/smoke" }));
    assert.ok(isValid({ functionName: "smoke" }));
    assert.ok(!isValid({}));
    assert.ok(!isValid({ url: "https://shop.example.com", functionName: "smoke" }));
  });
});
