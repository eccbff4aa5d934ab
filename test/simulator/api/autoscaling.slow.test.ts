import assert from "node:assert/strict";
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  SetDesiredCapacityCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { createFleet, createSite, groupInputs, userData } from "../site";
import { clientSettings, until, withSimulator } from "../stack";

describe("simulator: API of EC2 Auto Scaling", () => {
  it("API: SetDesiredCapacity starts instances of the same template version, up to the maximum", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      const { group, template } = await createFleet(stack, site, { version: "1.0.0", maxSize: 6 });
      const client = new AutoScalingClient(clientSettings(stack.simulator));
      const set = (DesiredCapacity: number, AutoScalingGroupName = group.id) =>
        client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity }));
      await assert.rejects(set(7), { name: "ValidationError", message: /above max value 6/ });
      await assert.rejects(set(1), { name: "ValidationError", message: /below min value 2/ });
      await assert.rejects(set(2, "none"), { name: "ValidationError", message: /name not found/ });
      await stack.update(template, { userData: userData({ VERSION: "2.0.0" }), updateDefaultVersion: true });
      await set(6);
      const healthy = () =>
        stack.simulator.scalingGroup(group.id).healthy().inLoadBalancer === 6 &&
        stack.simulator.instances().length === 6;
      await until("six instances are healthy", healthy);
      const versions = stack.simulator.instances().map(({ launchTemplate }) => launchTemplate.version);
      assert.deepEqual(new Set(versions), new Set([1]));
      const processes = new Set(stack.simulator.instances().map(({ pid }) => pid));
      assert.equal(processes.size, 6);

      const { AutoScalingGroups: [found] = [] } = await client.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group.id] }),
      );
      assert.deepEqual([found?.MinSize, found?.DesiredCapacity, found?.MaxSize], [2, 6, 6]);
      assert.equal(found?.Instances?.length, 6);
      assert.equal(found?.Instances?.[0]?.LaunchTemplate?.Version, "1");
      assert.equal((await stack.read(group))?.desiredCapacity, 6);
      const { Activities = [] } = await client.send(
        new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group.id, MaxRecords: 4 }),
      );
      assert.equal(Activities.length, 4);
      assert.equal(Activities[0]?.StatusCode, "Successful");
    });
  });

  it("API: UpdateAutoScalingGroup holds the size, and an update of other inputs keeps it", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      const tag = { key: "changeover:stack", value: "shop/dev", propagateAtLaunch: false };
      const { group, template } = await createFleet(stack, site, { version: "1.0.0", tags: [tag] });
      const client = new AutoScalingClient(clientSettings(stack.simulator));
      const update = (MinSize: number, MaxSize?: number) =>
        client.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: group.id, MinSize, MaxSize }));
      await assert.rejects(update(5), { name: "ValidationError", message: /Max bound, 4/ });
      await update(3);
      const { AutoScalingGroups = [] } = await client.send(
        new DescribeAutoScalingGroupsCommand({
          Filters: [{ Name: "tag:changeover:stack", Values: ["shop/dev"] }],
        }),
      );
      assert.deepEqual(
        AutoScalingGroups.map(({ MinSize, DesiredCapacity }) => [MinSize, DesiredCapacity]),
        [[3, 3]],
      );
      const inputs = groupInputs(site, template, { tags: [tag] });
      assert.equal((await stack.diff(group, inputs))?.changes, false);
      const updated = await stack.update(group, { ...inputs, healthCheckGracePeriod: 200 });
      assert.equal(updated.outs.minSize, 3);
      assert.equal((await stack.read(group))?.minSize, 3);
      assert.equal((await stack.diff(group, { ...inputs, healthCheckGracePeriod: 200 }))?.changes, true);
    });
  });

  it("API: instances keep the image of their template version when the public image moves", async () => {
    await withSimulator(async (stack) => {
      const name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64";
      const image = async () =>
        String((await stack.invoke("aws:ssm/getParameter:getParameter", { name })).value);
      const first = await image();
      assert.match(first, /^ami-[0-9a-f]{17}$/);
      const site = await createSite(stack);
      const launchTemplate = { userData: userData({ VERSION: "1" }), imageId: first };
      const template = await stack.create("aws:ec2/launchTemplate:LaunchTemplate", "image", launchTemplate);
      const group = await stack.create("aws:autoscaling/group:Group", "image", groupInputs(site, template));
      const moved = stack.simulator.publishImage();
      assert.equal(await image(), moved);
      stack.simulator.scalingGroup(group.id).setDesired(3);
      await until("a third instance starts", () => stack.simulator.instances().length === 3);
      assert.deepEqual(new Set(stack.simulator.instances().map(({ imageId }) => imageId)), new Set([first]));

      stack.simulator.deregisterImage(first);
      stack.simulator.scalingGroup(group.id).setDesired(4);
      await until("the launch fails", () =>
        stack.simulator.scalingGroup(group.id).activities.some(({ failure }) => failure !== undefined),
      );
      const [failed] = await stack.checkFailures("aws:ec2/launchTemplate:LaunchTemplate", {
        imageId: "al2023",
      });
      assert.match(failed?.reason ?? "", /^imageId must be an id such as ami-/);
    });
  });
});
