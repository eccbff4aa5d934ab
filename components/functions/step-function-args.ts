import type * as pulumi from "@pulumi/pulumi";
import { type TaggedArgs, tagsSpec } from "../tags/tagged-args";
import type { ArgsSpec, Requirement } from "../validation/args-spec";
import { requirementIssue } from "../validation/find-issues";
import { FUNCTION_NAME, FUNCTION_VERSION, POLICY_ARN, subnetList, VPC_ID } from "../validation/formats";
import type { ValidationIssue } from "../validation/validation-issue";

/** A Lambda that a step of a release invokes. `Migration` and `Gate` have outputs of the same names. */
export interface StepFunctionArgs {
  /** The name or the ARN of the function. */
  functionName: pulumi.Input<string>;
  /** The published version of the function, so that a step runs the code that its preview showed. */
  functionVersion: pulumi.Input<string>;
}

/** The suffixes of the functions of `Gate`, `Migration` and `Watch`. */
export type StepFunctionKind = "gate" | "migrate" | "watch";

export function stepFunctionSpec(kind: StepFunctionKind) {
  return {
    functionName: { kind: "string", format: functionOf(kind), required: true, input: true },
    functionVersion: { kind: "string", format: FUNCTION_VERSION, required: true, input: true },
  } as const satisfies ArgsSpec<StepFunctionArgs>;
}

const COMPONENTS: Readonly<Record<StepFunctionKind, string>> = {
  gate: "Gate",
  migrate: "Migration",
  watch: "Watch",
};

/** Names that Pulumi generated for the functions of the components. */
const GENERATED = /-(gate|migrate|watch)-[0-9a-f]{7}$/;

function functionOf(kind: StepFunctionKind): Requirement<string> {
  return {
    allowed: `${FUNCTION_NAME.allowed} of a ${COMPONENTS[kind]}`,
    holds: (name) => FUNCTION_NAME.pattern.test(name) && (GENERATED.exec(name)?.[1] ?? kind) === kind,
    remedy: `Give the outputs of a ${COMPONENTS[kind]}.`,
  };
}

/** Returns an issue for the function of another component, also if its name is known only during an update. */
export function functionIssue(name: string, kind: StepFunctionKind): ValidationIssue | undefined {
  if ((GENERATED.exec(name)?.[1] ?? kind) === kind) return undefined;
  return requirementIssue("functionName", name, functionOf(kind));
}

/** Args of a component with a Lambda in a VPC. */
export interface VpcFunctionArgs extends TaggedArgs {
  /** The VPC of the subnets. */
  vpcId: pulumi.Input<string>;
  /** 1-16 private subnets with a route to the AWS APIs and to everything else that the function calls. */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The ARN of the policy that limits the permissions of the function's role.
   *
   * @default none
   */
  permissionsBoundaryArn?: pulumi.Input<string>;
  /**
   * The time in days after which a log is deleted, 1-3653: one of the periods of CloudWatch, such as 30, 90 or 365.
   *
   * @default 90
   */
  logRetentionDays?: number;
}

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html */
export const vpcFunctionSpec = {
  vpcId: { kind: "string", format: VPC_ID, required: true, input: true },
  subnetIds: { ...subnetList(1, 16), required: true },
  permissionsBoundaryArn: { kind: "string", format: POLICY_ARN, whenOmitted: "none", input: true },
  logRetentionDays: { kind: "integer", min: 1, max: 3653, default: 90 },
  tags: tagsSpec(),
} as const satisfies ArgsSpec<VpcFunctionArgs>;
