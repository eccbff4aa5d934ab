import type * as pulumi from "@pulumi/pulumi";
import { type TaggedArgs, tagsSpec } from "../tags/tagged-args";
import type { ArgsSpec } from "../validation/args-spec";
import { FUNCTION_NAME, FUNCTION_VERSION, subnetList, VPC_ID } from "../validation/formats";

/** A Lambda that a step of a release invokes. `Migration` and `Gate` have outputs of the same names. */
export interface StepFunctionArgs {
  /** The name or the ARN of the function. */
  functionName: pulumi.Input<string>;
  /** The published version of the function, so that a step runs the code that its preview showed. */
  functionVersion: pulumi.Input<string>;
}

export const stepFunctionSpec = {
  functionName: { kind: "string", format: FUNCTION_NAME, required: true, input: true },
  functionVersion: { kind: "string", format: FUNCTION_VERSION, required: true, input: true },
} as const satisfies ArgsSpec<StepFunctionArgs>;

/** Args of a component with a Lambda in a VPC. */
export interface VpcFunctionArgs extends TaggedArgs {
  /** The VPC of the subnets. */
  vpcId: pulumi.Input<string>;
  /** 1-16 private subnets with a route to the AWS APIs and to everything else that the function calls. */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
}

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html */
export const vpcFunctionSpec = {
  vpcId: { kind: "string", format: VPC_ID, required: true, input: true },
  subnetIds: { ...subnetList(1, 16), required: true },
  tags: tagsSpec(),
} as const satisfies ArgsSpec<VpcFunctionArgs>;
