import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { isPlaceholder, isUnknown } from "../../../components/validation/unknown";
import { PLACEHOLDERS } from "./placeholders";

describe("unknown values", () => {
  it("unknown values: distinguish a placeholder of a preview from a template that was not filled in", () => {
    for (const placeholder of PLACEHOLDERS) assert.ok(isPlaceholder(placeholder), placeholder);
    for (const other of ["<your-vpc-id>", "<paste the ARN>", "<*>", "<>", "vpc-1", "[encrypted]", undefined])
      assert.ok(!isPlaceholder(other), other);
  });

  it("unknown values: include outputs, promises and the unknowns of other languages", () => {
    for (const value of [{ __pulumiOutput: true }, { __pulumiUnknown: true }, Promise.resolve("a")])
      assert.ok(isUnknown(value));
    for (const value of ["vpc-1", {}, null, undefined]) assert.ok(!isUnknown(value));
  });
});
