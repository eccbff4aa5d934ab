import { z } from "zod";
import { AwsError } from "../errors";
import type { World } from "../world";
import type { IamTarget } from "./caller";

export interface ApiOperation {
  /**
   * Validates the input, runs the operation and returns its output.
   *
   * @param permit throws if the caller may not run the operation on the targets
   */
  run(input: unknown, world: World, permit: (targets: readonly IamTarget[]) => void): unknown;
}

export type ApiOperations = Readonly<Record<string, ApiOperation>>;

/** The target of an operation that IAM does not limit to single resources. */
const ANY: readonly IamTarget[] = [{ resource: "*", conditionKeys: {} }];

/**
 * Declares an operation. Parameters that the schema does not contain are rejected as not supported.
 *
 * @param targets the resources for which the caller needs permission
 */
export function operation<Shape extends z.ZodRawShape>(
  shape: Shape,
  run: (input: z.infer<z.ZodObject<Shape>>, world: World) => unknown,
  targets: (input: z.infer<z.ZodObject<Shape>>, world: World) => readonly IamTarget[] = () => ANY,
): ApiOperation {
  const schema = z.strictObject(shape);
  return {
    run(input, world, permit) {
      const read = schema.safeParse(input);
      if (!read.success) throw new AwsError("ValidationError", z.prettifyError(read.error));
      const valid = read.data as z.infer<z.ZodObject<Shape>>;
      permit(targets(valid, world));
      return run(valid, world);
    },
  };
}

export function notSupported(name: string): AwsError {
  return new AwsError(
    "NotImplemented",
    `${name} is not supported by the simulator. Add it in simulator/api/.`,
  );
}

export function asAwsError(error: unknown): AwsError {
  return error instanceof AwsError ? error : new AwsError("InternalFailure", (error as Error).message);
}
