import type { IncomingMessage, ServerResponse } from "node:http";
import type { World } from "../world";
import { authorize, type Caller } from "./caller";
import { asAwsError, notSupported } from "./operation";
import { bodyOf } from "./request-body";

const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const STATUS: Readonly<Record<string, number>> = {
  ResourceNotFoundException: 404,
  TooManyRequestsException: 429,
  AccessDeniedException: 403,
};

export function isLambdaPath(path: string): boolean {
  return path.startsWith("/2015-03-31/functions/");
}

/** Name and qualifier in a function's name, its ARN, or its ARN with a qualifier. */
function functionNamed(text: string): { name: string; qualifier: string | undefined } {
  const parts = (text.startsWith("arn:") ? text.split(":").slice(6) : text.split(":")) as string[];
  return { name: parts[0] ?? "", qualifier: parts[1] };
}

/**
 * Responds as Lambda: Invoke, synchronous or as an event. A failed event is not retried.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export async function respondLambda(
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
  context: { readonly world: World; readonly caller: Caller; readonly signal: AbortSignal },
): Promise<void> {
  const { world, caller, signal } = context;
  const headers = { "content-type": "application/json" };
  try {
    const [, encoded] = INVOKE_PATH.exec(url.pathname) ?? [];
    if (request.method !== "POST" || encoded === undefined) {
      throw notSupported(`lambda: ${request.method} ${url.pathname}`);
    }
    const input = (await bodyOf(request)).toString("utf8") || "{}";
    const { name, qualifier: own } = functionNamed(decodeURIComponent(encoded));
    const qualifier = url.searchParams.get("Qualifier") ?? own ?? "$LATEST";
    const resource = `${world.account.arn("lambda", `function:${name}`)}${qualifier === "$LATEST" ? "" : `:${qualifier}`}`;
    authorize(caller, "lambda:InvokeFunction", [{ resource, conditionKeys: {} }], world);
    const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
    const started = world.functions.run(name, qualifier, input, signal);
    if (type === "Event") {
      started.catch(() => {}); // As on AWS, the response to an event does not contain its error.
      response.writeHead(202, headers).end();
      return;
    }
    const outcome = await started;
    const failed = "error" in outcome;
    response.writeHead(200, {
      ...headers,
      "x-amz-executed-version": qualifier,
      ...(failed && { "x-amz-function-error": "Unhandled" }),
    });
    response.end(failed ? JSON.stringify(outcome.error) : outcome.result);
  } catch (error) {
    const rejection = asAwsError(error);
    const code = rejection.code === "AccessDenied" ? "AccessDeniedException" : rejection.code;
    const { detail } = rejection;
    const status = STATUS[code] ?? 400;
    response.writeHead(status, { ...headers, "x-amzn-errortype": code });
    response.end(JSON.stringify({ Type: "User", Message: detail }));
  }
}
