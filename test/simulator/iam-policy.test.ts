import assert from "node:assert/strict";
import { type IamStatement, isAllowed } from "../../simulator/iam-policy";

const request = (action: string, resource = "*", conditionKeys: Record<string, string> = {}) => ({
  action,
  resource,
  conditionKeys,
});

describe("simulator: IAM policies", () => {
  it("IAM policy: allows matching actions on matching resources, and nothing else", () => {
    const statements: IamStatement[] = [
      { Effect: "Allow", Action: ["s3:Get*", "s3:PutObject"], Resource: "arn:aws:s3:::code/*" },
      { Effect: "Allow", Action: "cloudwatch:describealarms", Resource: "*" },
    ];
    assert.ok(isAllowed(statements, request("s3:GetObject", "arn:aws:s3:::code/a.js")));
    assert.ok(isAllowed(statements, request("cloudwatch:DescribeAlarms")));
    assert.ok(!isAllowed(statements, request("s3:GetObject", "arn:aws:s3:::other/a.js")));
    assert.ok(!isAllowed(statements, request("s3:DeleteObject", "arn:aws:s3:::code/a.js")));
    assert.ok(!isAllowed([], request("s3:GetObject", "arn:aws:s3:::code/a.js")));
  });

  it("IAM policy: a statement for single resources does not allow an action without resources", () => {
    const statements: IamStatement[] = [
      { Effect: "Allow", Action: "autoscaling:DescribeAutoScalingGroups", Resource: "arn:aws:autoscaling:x" },
    ];
    assert.ok(!isAllowed(statements, request("autoscaling:DescribeAutoScalingGroups")));
  });

  it("IAM policy: a condition needs the key, with one of its values", () => {
    const allowedFor = (Condition: IamStatement["Condition"]): IamStatement[] => [
      { Effect: "Allow", Action: "autoscaling:*", Resource: "*", Condition },
    ];
    const own = allowedFor({ StringEquals: { "aws:ResourceTag/stack": ["shop/dev", "shop/test"] } });
    const set = (tags: Record<string, string>) => request("autoscaling:SetDesiredCapacity", "arn", tags);
    assert.ok(isAllowed(own, set({ "aws:ResourceTag/stack": "shop/dev" })));
    assert.ok(!isAllowed(own, set({ "aws:ResourceTag/stack": "shop/prod" })));
    assert.ok(!isAllowed(own, set({})));
    assert.ok(!isAllowed(allowedFor({ DateGreaterThan: { "aws:CurrentTime": "2020" } }), set({})));
  });

  it("IAM policy: a denial prevails", () => {
    const statements: IamStatement[] = [
      { Effect: "Allow", Action: "*", Resource: "*" },
      { Effect: "Deny", Action: "elasticloadbalancing:ModifyRule", Resource: "*" },
    ];
    assert.ok(isAllowed(statements, request("elasticloadbalancing:AddTags", "arn")));
    assert.ok(!isAllowed(statements, request("elasticloadbalancing:ModifyRule", "arn")));
  });
});
