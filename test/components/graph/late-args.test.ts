import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import { declare } from "../../support/stack";

const EXPECTED: Readonly<Record<string, RegExp>> = {
  outputInTemplate: /FleetColor of blue: userData must be a text without an output/,
  noScript: /FleetColor of blue: userData must be a text that begins with #! or #cloud-config/,
  headersOfGreen:
    /GateCheck "check": tiers\[0\]\.headers must be headers with x-changeover-color: blue, got the value green/,
  headersOfOtherService:
    /GateCheck "check": tiers\[0\]\.headers must be headers with x-changeover-service: orders, got the value shop/,
  lineBreakInHeader: /tiers\[0\]\.headers\["x-team"\] must be a value of a header, .*, got a hidden value/,
  sameTargetGroups: /tiers\[0\]\.otherTargetGroupArn must be different from the other target groups/,
  outputInUrl: /check: args must be a text without an output/,
  otherFunction:
    /expand: functionName must be the name or the ARN of a function of a Migration, got "shop-gate-1a2b3c4"/,
  wildcardInToken: /BlueGreenFleet "shop": colorToken must be 1 to 128 .*, got a hidden value/,
  reservedTag: /Tags of "shop": tags\["changeover:version"\] must be a key of .*, got "changeover:version"/,
  listenerInOtherRegion: /BlueGreenFleet "shop": listenerArn must be an ARN in the region eu-central-1/,
  topicsInOtherRegion: /Gate "shop": topicArns\[0\] must be an ARN in the region eu-central-1/,
  keyInOtherRegion: /FleetColor "shop": diskKmsKeyArn must be an ARN in the region eu-central-1/,
  secretInOtherRegion:
    /MigrationStep "expand": logins\[0\]\.secretArn must be an ARN in the region eu-central-1/,
  checkThatWatchMayNotInvoke:
    /bake: checks\[0\]\.functionName must be a function that the Watch may invoke \(other\), got "smoke"/,
  hostWithProtocol:
    /ProductionRule "shop": hosts\[0\] must be a host name .*, got "https:.*\. Give the name alone\./,
  equalHosts:
    /ProductionRule "\w+": hosts must be such that the conditions differ from those of ProductionRule/,
  equalHostOfPlainRule: /ProductionRule "other": hosts must be such that the conditions differ/,
  otherRegion: /LoadBalancer "shop": certificateArn must be an ARN in the region eu-central-1/,
};

describe("args that are outputs", function () {
  this.timeout(60_000);
  for (const [program, message] of Object.entries(EXPECTED)) {
    it(`args that are outputs: are rejected as soon as they are known (${program})`, async () => {
      const directory = join(__dirname, "fixtures/late-args");
      await assert.rejects(
        declare({ program, "aws:region": "eu-central-1" }, { directory, project: "late-args" }),
        message,
      );
    });
  }
});
