import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { permissionIssues } from "../../../components/functions/named-check-args";
import { formatIssue } from "../../../components/validation/validation-issue";

const ARN = "arn:aws:lambda:eu-central-1:123456789012:function:shop-smoke";
const issuesOf = (functionName: string, checkFunctionNames?: string[]) =>
  permissionIssues([{ name: "smoke", functionName }], { checkFunctionNames }, "Gate").map(formatIssue);

describe("functions of checks", () => {
  it("checks: have functions that the gate may invoke, by name or by ARN", () => {
    for (const name of ["shop-smoke", ARN, `${ARN}:live`, "shop-smoke:7", "function:shop-smoke"])
      for (const permitted of ["shop-smoke", ARN]) assert.deepEqual(issuesOf(name, [permitted]), [], name);
    // Outputs of a gate of another program may be without the list.
    assert.deepEqual(issuesOf("shop-smoke"), []);
    assert.deepEqual(
      permissionIssues([{ name: "home", url: "https://x" }], { checkFunctionNames: [] }, "Gate"),
      [],
    );
  });

  it("checks: are rejected with the remedy if the gate may not invoke their function", () => {
    assert.deepEqual(issuesOf("shop-smoke", []), [
      'checks[0].functionName must be a function that the Gate may invoke (it may invoke none), got "shop-smoke". Add it to checkFunctionNames of the Gate.',
    ]);
    assert.match(issuesOf("smoke", ["shop-smoke"])[0] ?? "", /\(shop-smoke\), got "smoke"/);
  });
});
