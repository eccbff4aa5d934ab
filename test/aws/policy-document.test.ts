import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { policyDocument } from "../../aws/policy-document";

/** As IAM reads it. */
const USERNAME = "$".concat("{aws:username}");

describe("policy document", () => {
  it("writes single values alone, and sets sorted, the last first", () => {
    const { Statement } = policyDocument({
      statements: [{ sid: "Read", actions: ["s3:GetObject", "s3:ListBucket"], resources: ["*"] }],
    });
    assert.deepEqual(Statement, [
      { Sid: "Read", Effect: "Allow", Action: ["s3:ListBucket", "s3:GetObject"], Resource: "*" },
    ]);
  });

  it("has everybody as principal, several of a type, and types in order", () => {
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

  it("gathers conditions by test and variable, and writes variables as IAM reads them", () => {
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

  it("puts sources first, and lets overrides replace what has the same Sid", () => {
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

  it("may be empty", () => {
    assert.deepEqual(policyDocument({}), { Version: "2012-10-17" });
  });
});
