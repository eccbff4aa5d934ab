/** Errors whose text an operator reads in the output of `pulumi up`. */

export interface OperatorMessage {
  /** The reason, with the observations. */
  readonly cause: string;
  /** The present state: traffic and changes so far. */
  readonly state: string;
  readonly remedy: string;
}

export class OperatorError extends Error {
  constructor(
    override readonly name: string,
    readonly sentences: OperatorMessage,
  ) {
    const { cause, state, remedy } = sentences;
    super(`${cause}\n${state} ${remedy}`);
  }
}

/** The part of Lambda's context that the functions use. */
export interface FunctionContext {
  getRemainingTimeInMillis(): number;
  readonly awsRequestId?: string;
}

type Handler<Result> = (input: unknown, context?: FunctionContext) => Promise<Result>;

/**
 * Wraps a handler, so that each of its errors is a text for operators: the cause, the state, the remedy and the log.
 *
 * The provider prints Lambda's JSON of an error, which has the stack. So the stack goes to the log only.
 *
 * @param unexpected the state and the remedy for an error that is no `OperatorError`
 */
export function forOperators<Result>(
  name: string,
  unexpected: Omit<OperatorMessage, "cause"> | ((input: unknown) => Omit<OperatorMessage, "cause">),
  handle: Handler<Result>,
): Handler<Result> {
  return async (input, context) => {
    try {
      return await handle(input, context);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      console.log(
        JSON.stringify({
          level: "ERROR",
          message: `${name} failed`,
          error: error.message,
          stack: error.stack,
        }),
      );
      const sentences =
        error instanceof OperatorError
          ? error.sentences
          : {
              cause: causeOf(error),
              ...(typeof unexpected === "function" ? unexpected(input) : unexpected),
            };
      const shown = new OperatorError(error instanceof OperatorError ? error.name : name, sentences);
      shown.message += `\n${describeLog(context)}`;
      // Lambda's runtime calls string methods on the stack.
      shown.stack = "";
      throw shown;
    }
  };
}

/** For an AWS error the name says more than the message. Names of other errors help programmers only. */
function causeOf(error: Error): string {
  const { name, message } = error;
  const text = "$metadata" in error && !message.includes(name) ? `${name}: ${message}` : message;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function describeLog(context: FunctionContext | undefined): string {
  const { AWS_LAMBDA_LOG_GROUP_NAME: group, AWS_LAMBDA_FUNCTION_NAME: name } = process.env;
  const request = context?.awsRequestId === undefined ? "" : `, request ${context.awsRequestId}`;
  return `Log: log group ${group ?? `/aws/lambda/${name ?? "unknown"}`}${request}.`;
}
