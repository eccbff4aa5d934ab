/** Asks `/version` through the color's own rule, as a client of the load balancer. */

import * as http from "node:http";
import * as https from "node:https";
import { z } from "zod";
import type { Answer } from "./decide";
import type { GateTier } from "./event";

const requestLimitMs = 5_000;
const answerLimitBytes = 64 * 1024;
const answer = z.object({ instance: z.string().min(1), color: z.string(), version: z.string() });

/** One request on a connection of its own, so that the load balancer chooses anew. */
function get(tier: GateTier, url: URL): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      headers: { ...tier.headers, connection: "close" },
      agent: false as const,
      signal: AbortSignal.timeout(requestLimitMs),
      ...(tier.serverName === undefined ? {} : { servername: tier.serverName }),
    };
    const request = (url.protocol === "https:" ? https : http).get(url, options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
        if (body.length > answerLimitBytes) response.destroy(new Error("the answer is too long"));
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    request.on("error", (error) => {
      reject(error.name === "AbortError" ? new Error(`no answer within ${requestLimitMs / 1000} s`) : error);
    });
  });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Gives the answer, or in words why there is none. */
export async function askVersion(tier: GateTier): Promise<Answer | string> {
  const url = new URL("/version", tier.url);
  try {
    const { status, body } = await get(tier, url);
    if (status !== 200) return `GET ${url} answered ${status}`;
    const read = answer.safeParse(parse(body));
    return read.success ? read.data : `GET ${url} answered no {instance, color, version}`;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return `GET ${url} failed: ${message || code}`;
  }
}
