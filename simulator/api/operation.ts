import { z } from "zod";
import { AwsError } from "../errors";
import type { World } from "../world";

/** One operation of the simulated API. */
export interface ApiOperation {
  /** Validates the input, runs the operation and returns its output. */
  run(input: unknown, world: World): unknown;
}

/** Operations by name. */
export type ApiOperations = Readonly<Record<string, ApiOperation>>;

/** Declares an operation. Parameters that the schema does not contain are rejected as not supported. */
export function operation<Shape extends z.ZodRawShape>(
  shape: Shape,
  run: (input: z.infer<z.ZodObject<Shape>>, world: World) => unknown,
): ApiOperation {
  const schema = z.strictObject(shape);
  return {
    run(input, world) {
      const read = schema.safeParse(input);
      if (!read.success) throw new AwsError("ValidationError", z.prettifyError(read.error));
      return run(read.data as z.infer<z.ZodObject<Shape>>, world);
    },
  };
}

export function notSupported(name: string): AwsError {
  return new AwsError(
    "NotImplemented",
    `${name} is not supported by the simulator. Add it in simulator/api/.`,
  );
}

/** @throws AwsError if the action is denied. Names have IAM's form: `autoscaling:SetDesiredCapacity`. */
export function authorize(action: string, { deniedActions, account }: World): void {
  if (!deniedActions.has(action)) return;
  const user = account.globalArn("iam", "user/rehearsal");
  throw new AwsError(
    "AccessDenied",
    `User: ${user} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
  );
}

export function asAwsError(error: unknown): AwsError {
  return error instanceof AwsError ? error : new AwsError("InternalFailure", (error as Error).message);
}
