/** Requests a path through the color's test rule, as a client of the load balancer. */

import { z } from "zod";
import type { Answer } from "./decide";
import type { GateTier } from "./event";
import type { VersionReport } from "./report";
import { get, type RawAnswer } from "./request";

const BODY_SHOWN_CHARACTERS = 200;
/** The fields are shown in errors and logs, so they must be short and printable. */
const field = z.string().regex(/^[\x20-\x7e]{1,128}$/);
const versionReport = z.object({
  instance: field,
  color: field,
  version: field,
  service: field.optional(),
});

/** Requests a path, and removes the secrets of the test rule from the answer. */
async function request(tier: GateTier, url: URL): Promise<RawAnswer> {
  const { status, headers, body } = await get(tier, url);
  const safe = (text: string) => withoutSecrets(text, tier.headers);
  const safeHeaders = Object.entries(headers).map(([name, value]) => [name, safe(value)]);
  return { status, headers: Object.fromEntries(safeHeaders), body: safe(body) };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A text of an instance without the secret values of the test rule's headers, which the instance may repeat. */
export function withoutSecrets(text: string, headers: Readonly<Record<string, string>>): string {
  const secrets = Object.values(headers).filter((value) => value.length >= 8);
  return secrets.reduce((safe, secret) => safe.replaceAll(secret, "[secret]"), text);
}

/** Beginning of a body on one line. */
function shownBody(body: string): string {
  const line = body.replace(/\s+/g, " ").trim();
  return line.length <= BODY_SHOWN_CHARACTERS ? line : `${line.slice(0, BODY_SHOWN_CHARACTERS)}…`;
}

/** The instance that responded, if it names itself, or the load balancer if no target responded. */
function senderOf({ headers, body }: RawAnswer): string | undefined {
  const named = headers["x-changeover-instance"];
  if (typeof named === "string") return `instance ${named}`;
  const report = z.object({ instance: z.string().min(1) }).safeParse(parse(body));
  if (report.success) return `instance ${report.data.instance}`;
  return /^awselb/i.test(String(headers.server ?? "")) ? "the load balancer" : undefined;
}

/** The URL, and the host name that the request asks for. */
function requestOf(url: URL, { host }: GateTier): Pick<Answer, "request" | "path"> {
  const asked = host === undefined ? "" : ` for ${host}`;
  return { request: `GET ${url}${asked}`, path: `${url.pathname}${url.search}` };
}

function described(url: URL, tier: GateTier, answer: RawAnswer): Answer {
  return {
    ...requestOf(url, tier),
    status: answer.status,
    from: senderOf(answer),
    body: shownBody(answer.body),
  };
}

function unanswered(url: URL, tier: GateTier, error: unknown): Answer {
  const { code, message } = error as NodeJS.ErrnoException;
  return { ...requestOf(url, tier), error: message || `${code}`, code };
}

/** Returns the report, or the response if it contains none. */
export async function requestVersion(tier: GateTier): Promise<VersionReport | { readonly answer: Answer }> {
  const url = new URL(tier.versionPath, tier.url);
  try {
    const answer = await request(tier, url);
    const read = versionReport.safeParse(parse(answer.body));
    return answer.status === 200 && read.success ? read.data : { answer: described(url, tier, answer) };
  } catch (error) {
    return { answer: unanswered(url, tier, error) };
  }
}

/** Returns the instance that is ready, or the response if its status is not 200. */
export async function requestReadiness(
  tier: GateTier,
  path: string,
): Promise<{ readonly instance?: string } | { readonly answer: Answer }> {
  const url = new URL(path, tier.url);
  try {
    const answer = await request(tier, url);
    if (answer.status !== 200) return { answer: described(url, tier, answer) };
    return { instance: senderOf(answer)?.replace(/^instance /, "") };
  } catch (error) {
    return { answer: unanswered(url, tier, error) };
  }
}
