import type * as autoscaling from "@pulumi/aws/autoscaling";
import { InitializationError } from "../../engine/deploy/provider";
import { AwsError, between, invalidInput, oneOf, unsupportedInput } from "../errors";
import { type WantedCapacity, waitForCapacity } from "../instances/capacity";
import { type GroupSettings, ScalingGroup } from "../instances/scaling-group";
import { type DataSources, type Plain, resourceType, type Service, type StepContext } from "../resource-type";
import type { ResourceProperties } from "../values";
import type { World } from "../world";
import { templateOf } from "./ec2-instances";
import { zonesOf } from "./lookups";
import { recorded } from "./recorded";

type GroupArgs = Plain<autoscaling.GroupArgs>;

export const GROUP_TYPE = "aws:autoscaling/group:Group";

/**
 * Parses a duration in Go's format, which the provider uses for its waits: `10m`, `1m30s`, `0`. Returns undefined for
 * any other text.
 */
export function durationMs(text: string): number | undefined {
  if (text === "0") return 0;
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0), 0);
}

/** All instances are processes, so a mixed group is like a plain one with the launch template of its policy. */
function namedTemplate({ launchTemplate, mixedInstancesPolicy }: GroupArgs) {
  const mixed = mixedInstancesPolicy?.launchTemplate.launchTemplateSpecification;
  return mixed === undefined
    ? launchTemplate
    : { id: mixed.launchTemplateId, name: mixed.launchTemplateName, version: mixed.version };
}

function settingsOf(inputs: GroupArgs, world: World, desired: number | undefined): GroupSettings {
  return {
    min: inputs.minSize,
    max: inputs.maxSize,
    desired,
    targetGroupArns: inputs.targetGroupArns ?? [],
    healthCheckType: inputs.healthCheckType === "ELB" ? "ELB" : "EC2",
    graceMs: world.scaledMs(inputs.healthCheckGracePeriod ?? 300),
    template: () => templateOf(world, namedTemplate(inputs)),
  };
}

async function wait(
  group: ScalingGroup,
  inputs: GroupArgs,
  wanted: WantedCapacity,
  call: StepContext,
): Promise<void> {
  const text = inputs.waitForCapacityTimeout ?? "10m";
  const ms = durationMs(text) ?? 0;
  if (ms === 0) return;
  await waitForCapacity(group, wanted, { text, ms: call.world.scaledMs(ms / 1000), signal: call.signal });
}

function sizeOf({ size }: ScalingGroup): ResourceProperties {
  return { minSize: size.min, maxSize: size.max, desiredCapacity: size.desired };
}

function outputsOf(group: ScalingGroup, inputs: GroupArgs, { account }: World): ResourceProperties {
  return {
    arn: account.arn("autoscaling", `autoScalingGroup:${group.name}:autoScalingGroupName/${group.name}`),
    ...sizeOf(group),
    healthCheckType: inputs.healthCheckType ?? "EC2",
    defaultCooldown: inputs.defaultCooldown ?? 300,
    availabilityZones: account.zones,
  };
}

/**
 * Inputs whose change makes the provider wait for capacity. Changes of launch templates, target groups and tags do
 * not.
 */
const INPUTS_WITH_A_WAIT = ["desiredCapacity", "desiredCapacityType", "minSize"];

const group = resourceType<GroupArgs>({
  autoName: { property: "name", maxLength: 255, prefixProperty: "namePrefix" },
  driftingInputs: ["minSize", "maxSize", "desiredCapacity"],
  *check(inputs) {
    const { minSize, maxSize, desiredCapacity } = inputs;
    yield* between("minSize", minSize, 0, 10_000);
    yield* between("maxSize", maxSize, 0, 10_000);
    if (minSize !== undefined && maxSize !== undefined) {
      if (minSize > maxSize) yield invalidInput("minSize", `at most maxSize, ${maxSize}`, minSize);
      if (desiredCapacity !== undefined && (desiredCapacity < minSize || desiredCapacity > maxSize)) {
        const allowed = `between minSize and maxSize, ${minSize} and ${maxSize}`;
        yield invalidInput("desiredCapacity", allowed, desiredCapacity);
      }
    }
    yield* oneOf("healthCheckType", inputs.healthCheckType, ["EC2", "ELB"]);
    if (
      inputs.waitForCapacityTimeout !== undefined &&
      durationMs(inputs.waitForCapacityTimeout) === undefined
    ) {
      yield invalidInput(
        "waitForCapacityTimeout",
        "a duration such as 10m",
        `"${inputs.waitForCapacityTimeout}"`,
      );
    }
    const unsupported = [
      "launchConfiguration",
      "warmPool",
      "instanceRefresh",
      "trafficSources",
      "loadBalancers",
      "initialLifecycleHooks",
    ] as const;
    for (const property of unsupported) {
      if (inputs[property] !== undefined) yield unsupportedInput(property, "Remove it.");
    }
  },
  async create(inputs, call) {
    const { world } = call;
    const name = inputs.name ?? "";
    if (world.scalingGroups.has(name)) {
      throw new AwsError("AlreadyExists", `AutoScalingGroup by this name already exists - ${name}`);
    }
    zonesOf(world, inputs.vpcZoneIdentifiers ?? [], 1, "ValidationError");
    templateOf(world, namedTemplate(inputs));
    for (const arn of inputs.targetGroupArns ?? []) world.loadBalancing.health(arn);
    const created = new ScalingGroup(
      name,
      settingsOf(inputs, world, inputs.desiredCapacity),
      world.instanceHost,
      world.loadBalancing,
      (activity) => world.events.emit("scaling", { group: name, ...activity }),
    );
    world.scalingGroups.set(name, created);
    const inLoadBalancer = inputs.waitForElbCapacity ?? inputs.minElbCapacity;
    const inService = inputs.desiredCapacity || inputs.minSize;
    try {
      await wait(created, inputs, { exactly: false, inService, inLoadBalancer }, call);
    } catch (error) {
      // The group exists despite the failed wait: the next update continues with it and waits for nothing.
      throw new InitializationError(name, outputsOf(created, inputs, world), [(error as Error).message]);
    }
    return { id: name, outs: outputsOf(created, inputs, world) };
  },
  async update(id, inputs, call) {
    const { world, changed, outs } = call;
    const existing = world.scalingGroups.get(id);
    if (!existing) throw new AwsError("ValidationError", `AutoScalingGroup name not found - ${id}`);
    // The provider sends only the sizes that changed in the program.
    const { min, max } = existing.size;
    const sent = {
      ...inputs,
      minSize: changed.includes("minSize") ? inputs.minSize : min,
      maxSize: changed.includes("maxSize") ? inputs.maxSize : max,
    };
    const asked = changed.includes("desiredCapacity") ? inputs.desiredCapacity : undefined;
    existing.update(settingsOf(sent, world, asked));
    if (!changed.some((property) => INPUTS_WITH_A_WAIT.includes(property)))
      return outputsOf(existing, inputs, world);
    // If desiredCapacity is not set, the provider waits for the number in the state, not for AWS's current number.
    const inState = Number(inputs.desiredCapacity ?? outs.desiredCapacity ?? 0);
    const wanted = {
      exactly: true,
      inService: Math.max(inState, inputs.minSize),
      inLoadBalancer: inputs.waitForElbCapacity || undefined,
    };
    try {
      await wait(existing, inputs, wanted, call);
    } catch (error) {
      throw new InitializationError(id, outputsOf(existing, inputs, world), [(error as Error).message]);
    }
    return outputsOf(existing, inputs, world);
  },
  async delete(id, _outs, { world, signal }) {
    const existing = world.scalingGroups.get(id);
    const aborted = new Promise<never>((_, reject) => {
      const giveUp = () => reject(new Error(`waiting for Auto Scaling Group (${id}) drain: cancelled`));
      if (signal.aborted) giveUp();
      signal.addEventListener("abort", giveUp, { once: true });
    });
    await Promise.race([existing?.drain(), aborted]);
    world.scalingGroups.delete(id);
  },
  refresh(id, _outs, world) {
    const existing = world.scalingGroups.get(id);
    return existing ? sizeOf(existing) : {};
  },
});

/** @throws AwsError if there is no such group */
export function requireGroup(autoscalingGroupName: string, { world }: StepContext): void {
  if (world.scalingGroups.has(autoscalingGroupName)) return;
  throw new AwsError("ValidationError", `AutoScalingGroup name not found - ${autoscalingGroupName}`);
}

/** Names of the groups that have the tags of all filters. */
const listGroups: DataSources[string] = ({ filters = [] }, world) => {
  const wanted = filters as readonly { readonly name: string; readonly values: readonly string[] }[];
  for (const { name } of wanted) {
    if (!name.startsWith("tag:"))
      throw new Error(`Filter ${name} is not supported by the simulator. Use tag:<key>.`);
  }
  const found = world.resources
    .of(GROUP_TYPE)
    .filter(({ outs }) =>
      wanted.every(({ name, values }) =>
        ((outs.tags ?? []) as { key: string; value: string }[]).some(
          ({ key, value }) => key === name.slice("tag:".length) && values.includes(value),
        ),
      ),
    );
  const { region } = world.account;
  return {
    id: region,
    region,
    filters,
    names: found.map(({ id }) => id),
    arns: found.map(({ outs }) => outs.arn),
  };
};

export const autoscalingService: Service = {
  dataSources: { "aws:autoscaling/getAmiIds:getAmiIds": listGroups },
  resources: {
    [GROUP_TYPE]: group,
    "aws:autoscaling/schedule:Schedule": recorded<Plain<autoscaling.ScheduleArgs>>({
      id: ({ scheduledActionName }) => scheduledActionName,
      reject: ({ autoscalingGroupName }, call) => requireGroup(autoscalingGroupName, call),
    }),
    "aws:autoscaling/lifecycleHook:LifecycleHook": recorded<Plain<autoscaling.LifecycleHookArgs>>({
      id: ({ name }) => name ?? "",
      autoName: { property: "name", maxLength: 255 },
      reject: ({ autoscalingGroupName }, call) => requireGroup(autoscalingGroupName, call),
    }),
  },
};
