import type * as lb from "@pulumi/aws/lb";
import { randomHex } from "../account";
import { between, invalidInput, oneOf, unsupportedInput } from "../errors";
import type { TargetGroupSpec } from "../load-balancer/types";
import { type Plain, resourceType } from "../resource-type";
import type { ResourceProperties } from "../values";
import { checkName, ELB_TYPES, NAME_RULE } from "./elb-names";
import { rejectDuplicate } from "./lookups";

type GroupArgs = Plain<lb.TargetGroupArgs>;

function specOf(arn: string, inputs: GroupArgs): TargetGroupSpec {
  const check = inputs.healthCheck ?? {};
  return {
    arn,
    deregistrationDelaySeconds: Number(inputs.deregistrationDelay ?? 300),
    healthCheck: {
      path: check.path ?? "/",
      intervalSeconds: check.interval ?? 30,
      timeoutSeconds: check.timeout ?? 5,
      healthyThreshold: check.healthyThreshold ?? 3,
      unhealthyThreshold: check.unhealthyThreshold ?? 3,
      matcher: check.matcher ?? "200",
    },
  };
}

export const targetGroup = resourceType<GroupArgs>({
  autoName: NAME_RULE,
  *check(inputs) {
    yield* checkName(inputs.name);
    yield* between("port", inputs.port, 1, 65535);
    yield* between("deregistrationDelay", inputs.deregistrationDelay, 0, 3600);
    yield* oneOf("protocol", inputs.protocol, ["HTTP"]);
    if (inputs.protocolVersion !== undefined && inputs.protocolVersion !== "HTTP1") {
      yield unsupportedInput("protocolVersion", "Set it to HTTP1.");
    }
    yield* oneOf("targetType", inputs.targetType, ["instance"]);
    yield* between("stickiness.cookieDuration", inputs.stickiness?.cookieDuration, 1, 604_800);
    if (inputs.stickiness?.enabled) {
      yield unsupportedInput("stickiness", "Use the group stickiness of the action.");
    }
    if (inputs.slowStart) {
      yield unsupportedInput("slowStart", "Set it to 0.");
    }
    const check = inputs.healthCheck ?? {};
    if (check.enabled === false)
      yield invalidInput("healthCheck.enabled", "true for target type instance", "false");
    yield* oneOf("healthCheck.protocol", check.protocol, ["HTTP"]);
    yield* oneOf("healthCheck.port", check.port, ["traffic-port"]);
    yield* between("healthCheck.interval", check.interval, 5, 300);
    yield* between("healthCheck.timeout", check.timeout, 2, 120);
    yield* between("healthCheck.healthyThreshold", check.healthyThreshold, 2, 10);
    yield* between("healthCheck.unhealthyThreshold", check.unhealthyThreshold, 2, 10);
    if ((check.timeout ?? 5) >= (check.interval ?? 30)) {
      const allowed = `less than healthCheck.interval, ${check.interval ?? 30} s`;
      yield invalidInput("healthCheck.timeout", allowed, `${check.timeout ?? 5} s`);
    }
  },
  create(inputs, { world }) {
    const name = inputs.name ?? "";
    rejectDuplicate(world, ELB_TYPES.group, "name", name, "DuplicateTargetGroupName", "target group");
    const suffix = `targetgroup/${name}/${randomHex(16)}`;
    const arn = world.account.arn("elasticloadbalancing", suffix);
    world.loadBalancing.putTargetGroup(specOf(arn, inputs));
    return { id: arn, outs: { arn, arnSuffix: suffix, targetType: "instance", loadBalancerArns: [] } };
  },
  update(arn, inputs, { world }): ResourceProperties {
    world.loadBalancing.putTargetGroup(specOf(arn, inputs));
    return {};
  },
  delete(arn, _outs, { world }) {
    world.loadBalancing.deleteTargetGroup(arn);
  },
});
