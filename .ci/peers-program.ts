import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { BlueGreenFleet, FleetColor, Gate, LoadBalancer, Network } from "../components";

// .ci/peers runs it with the oldest peers. The schema is left out: a plugin installs the newest peers, and the analyzer of
// older SDKs does not know enums.

const declared: string[] = [];
pulumi.runtime.setMocks({
  newResource: ({ type, name, inputs }) => {
    declared.push(type);
    return { id: `${name}-id`, state: { ...inputs, arn: `${name}-arn`, latestVersion: 1, version: "1" } };
  },
  call: ({ inputs }) => ({ ...inputs, names: ["a", "b", "c"], region: "eu-central-1", partition: "aws" }),
});

async function main() {
  const { vpcId, privateSubnetIds, publicSubnetIds } = new Network("shop", {});
  const certificateArn = "arn:aws:acm:eu-central-1:123456789012:certificate/ours";
  const edge = new LoadBalancer("shop", { vpcId, subnetIds: publicSubnetIds, certificateArn });
  const { listenerArn, securityGroupId } = edge;
  const fleet = new BlueGreenFleet("shop", {
    vpcId,
    listenerArn,
    loadBalancerSecurityGroupId: securityGroupId,
  });
  const release = { version: "1.0.0", userData: "#!/bin/sh\n", subnetIds: privateSubnetIds };
  const color = new FleetColor("shop-blue", { fleet, color: "blue", ...release });
  const gate = new Gate("shop", { vpcId, subnetIds: privateSubnetIds });
  const known = pulumi.all([color.autoScalingGroupName, gate.functionVersion, edge.url]);
  await new Promise((resolve) => known.apply(resolve));
  for (const type of [
    "aws:autoscaling/group:Group",
    "aws:lambda/function:Function",
    "aws:lb/listener:Listener",
  ])
    assert.ok(declared.includes(type), `${type} is not declared: ${declared.join(", ")}`);
  console.log(`Declared ${declared.length} resources.`);
}

void main();
