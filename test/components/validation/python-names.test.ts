import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { withPythonNames } from "../../../components/validation/python-names";

const error = (propertyPath: string) => ({
  propertyPath,
  reason: `${propertyPath} must be given, got nothing.`,
});

describe("names of args in Python", () => {
  it("python names: are beside each key that differs, with its path", () => {
    const errors = [error("vpcId"), error("tiers[0].targetGroupArn"), error("version")];
    const message = errors.map(({ reason }) => `Gate "shop": ${reason}`).join("\n");
    assert.deepEqual(withPythonNames(message, errors).split("\n"), [
      'Gate "shop": vpcId (vpc_id in Python) must be given, got nothing.',
      'Gate "shop": tiers[0].targetGroupArn (tiers[0].target_group_arn in Python) must be given, got nothing.',
      'Gate "shop": version must be given, got nothing.',
    ]);
  });

  it("python names: are beside a key that was probably meant", () => {
    const reason = "vpcid must be one of vpcId, port, got an unknown key. Did you mean vpcId?";
    assert.equal(
      withPythonNames(reason, [{ propertyPath: "vpcid", reason }]),
      "vpcid must be one of vpcId, port, got an unknown key. Did you mean vpcId (vpc_id in Python)?",
    );
  });

  it("python names: keys of a map stay as they are", () => {
    const errors = [error('tags["costCenter"]')];
    const message = errors[0]?.reason ?? "";
    assert.equal(withPythonNames(message, errors), message);
  });
});
