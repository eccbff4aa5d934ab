import assert from "node:assert/strict";
import { releaseControl } from "../../traffic/control";

const color = { targetGroupArn: "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web", alarms: [] };
const tier = { minInstances: 2, maxInstances: 6, url: "https://shop.example", blue: color, green: color };
const CONTROL = {
  name: "shop",
  region: "eu-west-1",
  productionRuleArn: "arn:aws:elasticloadbalancing:eu-west-1:1:listener-rule/app/shop",
  listenerArn: "arn:aws:elasticloadbalancing:eu-west-1:1:listener/app/shop",
  stickySeconds: 300,
  rollbackWindowMinutes: 1440,
  bakeMinutes: 10,
  tiers: { web: tier, app: tier },
  alarms: ["shop-release-bad"],
  migrations: { pending: [] },
};

describe("release control", () => {
  it("release control: has no Auto Scaling group for a color without instances", () => {
    assert.deepEqual(releaseControl.parse(CONTROL), CONTROL);
    assert.equal(releaseControl.safeParse({ ...CONTROL, tiers: {} }).success, false);
  });
});
