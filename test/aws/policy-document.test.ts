import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { policyDocument } from "../../aws/policy-document";

const USERNAME = "$".concat("{aws:username}");

describe("AWS policy document:", () => {
  it("single values are scalars, sets are in descending order", () => {
    const { Statement } = policyDocument({
      statements: [{ sid: "Read", actions: ["s3:GetObject", "s3:ListBucket"], resources: ["*"] }],
    });
    assert.deepEqual(Statement, [
      { Sid: "Read", Effect: "Allow", Action: ["s3:ListBucket", "s3:GetObject"], Resource: "*" },
    ]);
  });

  it("principals: any, several of a type, types in order", () => {
    const principals = (...given: { type: string; identifiers: string[] }[]) =>
      policyDocument({ statements: [{ effect: "Deny", principals: given }] }).Statement?.[0]?.Principal;
    assert.equal(principals({ type: "*", identifiers: ["*"] }), "*");
    assert.deepEqual(principals({ type: "AWS", identifiers: ["*"] }), { AWS: "*" });
    assert.deepEqual(
      principals(
        { type: "Service", identifiers: ["ec2.amazonaws.com"] },
        { type: "AWS", identifiers: ["a", "b"] },
      ),
      { AWS: ["b", "a"], Service: "ec2.amazonaws.com" },
    );
    assert.deepEqual(principals({ type: "AWS", identifiers: ["a"] }, { type: "AWS", identifiers: ["b"] }), {
      AWS: ["a", "b"],
    });
  });

  it("conditions are grouped by test and variable, policy variables are rewritten", () => {
    const { Statement } = policyDocument({
      statements: [
        {
          ...{ notActions: ["iam:*"], notResources: ["arn:aws:s3:::home/&{aws:username}/*"] },
          conditions: [
            { test: "StringLike", variable: "s3:prefix", values: ["", "home/"] },
            { test: "StringLike", variable: "s3:prefix", values: ["home/&{aws:username}/"] },
            { test: "Bool", variable: "aws:SecureTransport", values: ["true"] },
          ],
        },
      ],
    });
    assert.deepEqual(Statement, [
      {
        ...{ Effect: "Allow", NotAction: "iam:*", NotResource: `arn:aws:s3:::home/${USERNAME}/*` },
        Condition: {
          Bool: { "aws:SecureTransport": "true" },
          StringLike: { "s3:prefix": ["", "home/", `home/${USERNAME}/`] },
        },
      },
    ]);
  });

  it("sources come first, overrides replace statements of the same Sid", () => {
    const json = (...sids: string[]) =>
      JSON.stringify({ Version: "2008-10-17", Statement: sids.map((Sid) => ({ Sid, Effect: "Deny" })) });
    const document = policyDocument({
      ...{
        policyId: "mine",
        sourcePolicyDocuments: [json("first")],
        overridePolicyDocuments: [json("own", "last")],
      },
      statements: [{ sid: "own", actions: ["*"] }, { actions: ["s3:*"] }],
    });
    assert.deepEqual([document.Version, document.Id], ["2012-10-17", "mine"]);
    assert.deepEqual(
      document.Statement?.map(({ Sid, Effect }) => [Sid, Effect]),
      [
        ["first", "Deny"],
        ["own", "Deny"],
        [undefined, "Allow"],
        ["last", "Deny"],
      ],
    );
  });

  it("an empty document is valid", () => {
    assert.deepEqual(policyDocument({}), { Version: "2012-10-17" });
  });
});
