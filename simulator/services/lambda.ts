import { createHash } from "node:crypto";
import type * as lambda from "@pulumi/aws/lambda";
import type { PlainAsset } from "../../engine/values/plain-values";
import { randomHex } from "../account";
import { AwsError, between, failure, invalidInput, oneOf } from "../errors";
import type { FunctionSettings } from "../functions/functions";
import { type Plain, resourceType, type Service, type StepContext } from "../resource-type";
import { recorded } from "./recorded";

type FunctionArgs = Omit<Plain<lambda.FunctionArgs>, "code"> & { code?: PlainAsset };
type InvocationArgs = Plain<lambda.InvocationArgs>;

const RESERVED_KEYS =
  /^(AWS_(REGION|DEFAULT_REGION|ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|LAMBDA_.*|EXECUTION_ENV)|LAMBDA_(TASK_ROOT|RUNTIME_DIR)|_HANDLER|_X_AMZN_TRACE_ID)$/;

function settingsOf(inputs: FunctionArgs): FunctionSettings {
  if (!inputs.code)
    throw new AwsError("InvalidParameterValueException", "Please provide a source for function code");
  const reserved = inputs.reservedConcurrentExecutions;
  return {
    code: inputs.code,
    handler: inputs.handler ?? "",
    environment: inputs.environment?.variables ?? {},
    timeoutSeconds: inputs.timeout ?? 3,
    reservedConcurrency: reserved === undefined || reserved < 0 ? undefined : reserved,
  };
}

function outputsOf(name: string, inputs: FunctionArgs, version: string, { world }: StepContext) {
  const arn = world.account.arn("lambda", `function:${name}`);
  return {
    arn,
    version,
    qualifiedArn: `${arn}:${version}`,
    invokeArn: `arn:aws:apigateway:${world.account.region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
    lastModified: new Date().toISOString(),
    sourceCodeHash: inputs.sourceCodeHash ?? inputs.code?.hash,
    codeSha256: inputs.code?.hash,
    memorySize: inputs.memorySize ?? 128,
    timeout: inputs.timeout ?? 3,
  };
}

const CODE_OUTPUTS = ["version", "qualifiedArn", "lastModified", "sourceCodeHash", "codeSha256"];

const lambdaFunction = resourceType<FunctionArgs>({
  autoName: { property: "name", maxLength: 64 },
  unknownsOnUpdate(changed, inputs) {
    if (changed.every((property) => property === "tags")) return [];
    return inputs.publish ? CODE_OUTPUTS : CODE_OUTPUTS.filter((name) => !/version|qualified/.test(name));
  },
  *check(inputs) {
    yield* between("timeout", inputs.timeout, 1, 900);
    yield* between("memorySize", inputs.memorySize, 128, 10_240);
    yield* oneOf("packageType", inputs.packageType, ["Zip"]);
    yield* oneOf("runtime", inputs.runtime, ["nodejs20.x", "nodejs22.x", "nodejs24.x"]);
    if (inputs.handler !== undefined && !/^[\w./-]+\.\w+$/.test(inputs.handler)) {
      yield invalidInput("handler", "<file>.<export>, such as index.handler", `"${inputs.handler}"`);
    }
    for (const key of Object.keys(inputs.environment?.variables ?? {})) {
      if (RESERVED_KEYS.test(key))
        yield failure(
          `environment.variables.${key}`,
          `environment.variables.${key} must not be set: Lambda reserves the key.`,
        );
    }
  },
  create(inputs, call) {
    const { functions } = call.world;
    const name = inputs.name ?? "";
    if (functions.exists(name)) {
      throw new AwsError("ResourceConflictException", `Function already exist: ${name}`);
    }
    functions.deploy(name, settingsOf(inputs));
    const version = inputs.publish ? functions.publish(name) : "$LATEST";
    return { id: name, outs: outputsOf(name, inputs, version, call) };
  },
  update(name, inputs, call) {
    if (call.changed.every((property) => property === "tags")) return {};
    const { functions } = call.world;
    functions.deploy(name, settingsOf(inputs));
    const version = inputs.publish ? functions.publish(name) : "$LATEST";
    return outputsOf(name, inputs, version, call);
  },
  async delete(name, _outs, { world }) {
    await world.functions.remove(name);
  },
});

const invocation = resourceType<InvocationArgs>({
  *check(inputs) {
    // With another scope, the provider would also run the function on delete, and skip it after a failed update.
    yield* oneOf("lifecycleScope", inputs.lifecycleScope, ["CREATE_ONLY"]);
    if (inputs.input === undefined) return;
    try {
      JSON.parse(inputs.input);
    } catch (error) {
      yield failure("input", `input must be JSON: ${(error as Error).message}.`);
    }
  },
  async create(inputs, { world, signal }) {
    const qualifier = inputs.qualifier ?? "$LATEST";
    const result = await world.functions.invoke(inputs.functionName, qualifier, inputs.input, signal);
    const hash = createHash("md5").update(inputs.input).digest("hex");
    // Unlike the real id, this one has a random suffix. It distinguishes two invocations with the same input.
    const id = `${inputs.functionName}_${qualifier}_${hash}_${randomHex(8)}`;
    return { id, outs: { result, qualifier } };
  },
});

export const lambdas: Service = {
  resources: {
    "aws:lambda/function:Function": lambdaFunction,
    "aws:lambda/invocation:Invocation": invocation,
    "aws:lambda/permission:Permission": recorded<Plain<lambda.PermissionArgs>>({
      prefix: "statement",
    }),
  },
};
