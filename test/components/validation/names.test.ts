import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  alarmName,
  BUCKET_NAME,
  DATABASE_NAME,
  FLEET_NAME,
  FLOW_LOGS_NAME,
  functionName,
  LOAD_BALANCER_NAME,
  type NameRule,
  nameIssue,
} from "../../../components/validation/names";
import { formatIssue } from "../../../components/validation/validation-issue";
import { PLACEHOLDERS } from "./placeholders";

describe("names of components", () => {
  const remedyOf = (rule: NameRule, name: string) => nameIssue(name, rule)?.remedy;

  it("names: leave room for the suffixes of the resources", () => {
    const long = "a".repeat(57);
    const issue = nameIssue(long, FLEET_NAME);
    assert.equal(
      issue && formatIssue(issue),
      "name must be 1 to 56 letters, digits and hyphens, not starting with a hyphen or sg- (AWS limits names to 64 " +
        `characters, and 8 are appended), got "${long}". Give a shorter name.`,
    );
    const lengths: readonly [NameRule, number][] = [
      [FLEET_NAME, 56],
      [LOAD_BALANCER_NAME, 120],
      [DATABASE_NAME, 55],
      [functionName("-gate"), 51],
      [FLOW_LOGS_NAME, 51],
      [BUCKET_NAME, 45],
      [alarmName("-web-green-unhealthy"), 227],
    ];
    for (const [rule, longest] of lengths) {
      assert.equal(remedyOf(rule, "a".repeat(longest)), undefined);
      assert.equal(remedyOf(rule, "a".repeat(longest + 1)), "Give a shorter name.");
    }
  });

  it("names: are as strict as AWS is for the resources with these names", () => {
    const cases: readonly { rule: NameRule; valid: readonly string[]; invalid: readonly string[] }[] = [
      {
        rule: FLEET_NAME,
        valid: ["web", "Web-2", "1web", "internal-web"],
        invalid: ["-web", "web_1", "web.1", "sg-web"],
      },
      {
        rule: LOAD_BALANCER_NAME,
        valid: ["edge", "1edge", "edge-"],
        invalid: ["-edge", "internal-edge", "sg-edge", "e_1"],
      },
      {
        rule: DATABASE_NAME,
        valid: ["ledger", "Ledger-2", "internal-db"],
        invalid: ["2ledger", "led--ger", "ledger-", "led_ger", "sg-ledger"],
      },
      {
        rule: functionName("-gate"),
        valid: ["shop", "1_shop", "-shop", "internal-shop"],
        invalid: ["shop.1", "my shop", "sg-shop"],
      },
      {
        rule: FLOW_LOGS_NAME,
        valid: ["shop", "1.shop_x", "sg-shop", "internal-shop"],
        invalid: ["my shop", "shop/1"],
      },
      {
        rule: BUCKET_NAME,
        valid: ["shop", "1.Shop", "internal-shop", "sg-shop"],
        invalid: ["-shop", "a..b", "shop_1", "xn--shop", "sthree-shop", "amzn-s3-demo-shop"],
      },
      { rule: alarmName(""), valid: ["shop", "1_shop", "sg-shop"], invalid: ["shop.1", "my shop", 'a"b'] },
    ];
    for (const { rule, valid, invalid } of cases) {
      for (const name of [...valid, ...PLACEHOLDERS]) assert.equal(remedyOf(rule, name), undefined, name);
      for (const name of ["", "wéb", ...invalid]) assert.equal(remedyOf(rule, name), "Give another name.");
    }
  });
});
