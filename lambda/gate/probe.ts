/** Requests `/version` through the color's test rule, as a client of the load balancer. */

import * as http from "node:http";
import * as https from "node:https";
import { z } from "zod";
import type { VersionReport } from "./decide";
import type { GateTier } from "./event";

const REQUEST_LIMIT_MS = 5_000;
const BODY_LIMIT_BYTES = 64 * 1024;
const versionReport = z.object({ instance: z.string().min(1), color: z.string(), version: z.string() });

/** Opens a connection for each request, so that the load balancer chooses a target each time. */
function get(tier: GateTier, url: URL): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      headers: { ...tier.headers, connection: "close" },
      agent: false as const,
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
      ...(tier.serverName === undefined ? {} : { servername: tier.serverName }),
    };
    const request = (url.protocol === "https:" ? https : http).get(url, options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
        if (body.length > BODY_LIMIT_BYTES) response.destroy(new Error("the response is too long"));
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    request.on("error", (error) => {
      reject(
        error.name === "AbortError" ? new Error(`no response within ${REQUEST_LIMIT_MS / 1000} s`) : error,
      );
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

/** Returns the report, or the reason why there is none. */
export async function requestVersion(tier: GateTier): Promise<VersionReport | string> {
  const url = new URL("/version", tier.url);
  try {
    const { status, body } = await get(tier, url);
    if (status !== 200) return `GET ${url} answered ${status}`;
    const read = versionReport.safeParse(parse(body));
    return read.success ? read.data : `GET ${url} answered without instance, color and version`;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return `GET ${url} failed: ${message || code}`;
  }
}
