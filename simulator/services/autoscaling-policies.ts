import type * as autoscaling from "@pulumi/aws/autoscaling";
import type { CheckFailure } from "../../engine/deploy/provider";
import { oneOf, unsupportedInput } from "../errors";
import type { ScalingPolicy } from "../monitoring/scaling-policies";
import { type Known, type Plain, resourceType, type Service, type StepContext } from "../resource-type";
import type { World } from "../world";
import { GROUP_TYPE, requireGroup } from "./autoscaling";

type PolicyArgs = Plain<autoscaling.PolicyArgs>;

const TARGET_TRACKING = "TargetTrackingScaling";
const METRICS = ["ASGAverageCPUUtilization", "ALBRequestCountPerTarget"] as const;
/** AWS's default for a group without a default warm-up. */
const WARM_UP_SECONDS = 300;
const TARGET_GROUP_TYPE = "aws:lb/targetGroup:TargetGroup";

/** Target tracking acts; other policies are recorded only. */
const scalingPolicy = resourceType<PolicyArgs>({
  autoName: { property: "name", maxLength: 255 },
  *check({ policyType, targetTrackingConfiguration: tracking }: Known<PolicyArgs>): Iterable<CheckFailure> {
    if (policyType !== TARGET_TRACKING || tracking === undefined) return;
    if (tracking.customizedMetricSpecification !== undefined) {
      yield unsupportedInput(
        "targetTrackingConfiguration.customizedMetricSpecification",
        `Use ${METRICS.join(" or ")}.`,
      );
    }
    yield* oneOf(
      "targetTrackingConfiguration.predefinedMetricSpecification.predefinedMetricType",
      tracking.predefinedMetricSpecification?.predefinedMetricType,
      METRICS,
    );
  },
  create(inputs, call) {
    const { autoscalingGroupName, name = "" } = inputs;
    requireGroup(autoscalingGroupName, call);
    put(inputs, call);
    const path = `scalingPolicy:${autoscalingGroupName}:policyName/${name}`;
    return { id: name, outs: { arn: call.world.account.arn("autoscaling", path) } };
  },
  update(_name, inputs, call) {
    requireGroup(inputs.autoscalingGroupName, call);
    put(inputs, call);
    return {};
  },
  delete: (name, _outs, { world }) => world.scalingPolicies.delete(name),
});

function put(inputs: PolicyArgs, { world }: StepContext): void {
  const policy = trackingPolicy(inputs, world);
  if (policy) world.scalingPolicies.put(policy);
  else world.scalingPolicies.delete(inputs.name ?? "");
}

function trackingPolicy(inputs: PolicyArgs, world: World): ScalingPolicy | undefined {
  const { name = "", autoscalingGroupName: group, targetTrackingConfiguration: tracking } = inputs;
  const specification = tracking?.predefinedMetricSpecification;
  if (inputs.policyType !== TARGET_TRACKING || !tracking || !specification) return undefined;
  const { defaultInstanceWarmup } = world.resources.get(GROUP_TYPE, group)?.outs ?? {};
  const warmUpSeconds = inputs.estimatedInstanceWarmup ?? Number(defaultInstanceWarmup ?? WARM_UP_SECONDS);
  return {
    ...{ name, group },
    metric: specification.predefinedMetricType as ScalingPolicy["metric"],
    ...targetGroup(specification.resourceLabel, world),
    target: tracking.targetValue,
    disableScaleIn: tracking.disableScaleIn ?? false,
    warmUpMs: world.scaledMs(warmUpSeconds),
  };
}

/** The target group at the end of a resource label, such as `app/shop/50dc6c495c0c9188/targetgroup/web/943f017f100becff`. */
function targetGroup(label: string | undefined, world: World): Pick<ScalingPolicy, "targetGroupArn"> {
  if (label === undefined) return {};
  const found = world.resources
    .of(TARGET_GROUP_TYPE)
    .find(({ outs }) => label.endsWith(`/${String(outs.arnSuffix)}`));
  return found ? { targetGroupArn: found.id } : {};
}

export const autoscalingPoliciesService: Service = {
  resources: { "aws:autoscaling/policy:Policy": scalingPolicy },
};
