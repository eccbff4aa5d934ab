/** Environment variables that the components set for functions which check or shift traffic. */
export interface FunctionEnvironment {
  readonly stack: string;
  readonly topicArns: readonly string[];
}

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): FunctionEnvironment {
  return {
    stack: env.CHANGEOVER_STACK ?? "",
    topicArns: (env.TOPIC_ARNS ?? "").split(",").filter((arn) => arn !== ""),
  };
}

export function log(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), message, ...fields }));
}
