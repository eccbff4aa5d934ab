import { InvokeCommand } from "@aws-sdk/client-lambda";
import { z } from "zod";
import { CHECK_LIMIT_MS, type TrafficClients } from "./clients";

/** The stages of ECS in which a team's own checks run. */
type CheckStage = "PRE_PRODUCTION_TRAFFIC_SHIFT" | "BAKE_TIME";

/** A check of the team's own: a Lambda, or a URL that must answer 200. */
export const namedCheck = z
  .strictObject({
    name: z.string().min(1),
    url: z.url({ protocol: /^https?$/ }).optional(),
    functionName: z.string().min(1).optional(),
  })
  .refine(({ url, functionName }) => (url === undefined) !== (functionName === undefined), {
    error: "must have either url or functionName",
  });

export type NamedCheck = z.infer<typeof namedCheck>;

/** The subject of a check. A Lambda gets it as its event, a URL as headers. */
export interface CheckSubject {
  readonly stage: CheckStage;
  readonly stack: string;
  readonly color: string;
  readonly version: string;
}

export interface CheckOutcome {
  readonly name: string;
  readonly status: "passed" | "failed" | "in-progress";
  /** The answer, cut to a few hundred characters. */
  readonly answer: string;
}

const URL_LIMIT_MS = 10_000;

/**
 * Runs a check once. It never throws: a check that cannot be run has failed.
 *
 * @param remainingMs the time that the caller has left
 */
export async function runCheck(
  { lambda }: Pick<TrafficClients, "lambda">,
  check: NamedCheck,
  subject: CheckSubject,
  remainingMs = Number.POSITIVE_INFINITY,
): Promise<CheckOutcome> {
  const limitMs = Math.max(1, Math.min(limitMsOf(check), remainingMs));
  const signal = AbortSignal.timeout(Math.round(limitMs));
  try {
    const outcome =
      check.url === undefined
        ? await runFunction(lambda, check.functionName ?? "", subject, signal)
        : await requestUrl(check.url, subject, signal);
    return { name: check.name, ...outcome };
  } catch (error) {
    const { name, message, cause } = error as Error & { cause?: { message?: string } };
    const why = /Timeout|Abort/.test(name) ? `no answer within ${Math.round(limitMs / 100) / 10} s` : message;
    return {
      name: check.name,
      status: "failed",
      answer: shorten(cause?.message ? `${why}: ${cause.message}` : why),
    };
  }
}

function limitMsOf({ url }: NamedCheck): number {
  return url === undefined ? CHECK_LIMIT_MS : URL_LIMIT_MS;
}

type Answer = Omit<CheckOutcome, "name">;

async function requestUrl(
  url: string,
  { stage, color, version }: CheckSubject,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await fetch(url, {
    headers: {
      // Not x-changeover-color: that header selects a color at the load balancer.
      "x-changeover-stage": stage,
      "x-changeover-checked-color": color,
      "x-changeover-checked-version": version,
    },
    redirect: "manual",
    signal,
  });
  const body = await response.text();
  return {
    status: response.status === 200 ? "passed" : "failed",
    answer: shorten(`GET ${url} answered ${response.status}: ${body}`),
  };
}

/** Result of an ECS lifecycle hook, or of an HTTP function. */
const functionResult = z.object({
  hookStatus: z.enum(["SUCCEEDED", "FAILED", "IN_PROGRESS"]).optional(),
  statusCode: z.number().optional(),
});

async function runFunction(
  lambda: TrafficClients["lambda"],
  functionName: string,
  subject: CheckSubject,
  abortSignal: AbortSignal,
): Promise<Answer> {
  const Payload = JSON.stringify(subject);
  const { FunctionError, Payload: bytes } = await lambda.send(
    new InvokeCommand({ FunctionName: functionName, InvocationType: "RequestResponse", Payload }),
    { abortSignal },
  );
  const text = Buffer.from(bytes ?? []).toString("utf8");
  return {
    status: FunctionError === undefined ? functionStatus(text) : "failed",
    answer: shorten(`${functionName} returned ${FunctionError ?? "a result"}: ${text}`),
  };
}

/** A function passes unless its result says otherwise. */
export function functionStatus(result: string): CheckOutcome["status"] {
  const read = functionResult.safeParse(parseJson(result));
  if (!read.success) return hasHookStatus(result) ? "failed" : "passed";
  const { hookStatus, statusCode } = read.data;
  if (hookStatus === "IN_PROGRESS") return "in-progress";
  return hookStatus === "FAILED" || (statusCode !== undefined && statusCode !== 200) ? "failed" : "passed";
}

/** True for a result with any hookStatus, because an unknown value must not pass. */
function hasHookStatus(result: string): boolean {
  const parsed = parseJson(result);
  return typeof parsed === "object" && parsed !== null && ("hookStatus" in parsed || "statusCode" in parsed);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const MAX_ANSWER_LENGTH = 400;

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= MAX_ANSWER_LENGTH ? line : `${line.slice(0, MAX_ANSWER_LENGTH - 1)}…`;
}
