import type { PlainInputs } from "./json-input";
import { isAwsType } from "./resource-types";

/** The minimum and maximum number of instances, or of ECS tasks, of a resource. */
export interface InstanceRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** Returns undefined for types that run no instances. */
export function instanceRange(type: string, inputs: PlainInputs): InstanceRange | undefined {
  const count = (key: string) => (Number.isFinite(Number(inputs[key])) ? Number(inputs[key]) : 0);
  if (type === "aws:autoscaling/group:Group")
    return { minimum: Math.max(count("minSize"), count("desiredCapacity")), maximum: count("maxSize") };
  if (type === "aws:ec2/instance:Instance") return { minimum: 1, maximum: 1 };
  if (isEcsService(type)) return { minimum: count("desiredCount"), maximum: count("desiredCount") };
  return undefined;
}

/** Inputs whose update in place replaces the instances, a few at a time. */
export function rollingUpdateInputs(type: string, inputs: PlainInputs): readonly string[] {
  if (isEcsService(type)) return ["taskDefinition"];
  if (type !== "aws:autoscaling/group:Group" || inputs.instanceRefresh === undefined) return [];
  return ["launchConfiguration", "launchTemplate", "mixedInstancesPolicy"];
}

function isEcsService(type: string): boolean {
  return type.startsWith("aws:ecs/") && isAwsType(type, "Service");
}
