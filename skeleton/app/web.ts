import { COLOR, type Reply, serve } from "./server";

const LIMIT_MS = 10_000;
const READINESS_LIMIT_MS = 2_000;

/** Requests the tier `app`. The header sends the request to instances of the same color. */
async function callApp(method: string, path: string, body: string, limitMs = LIMIT_MS): Promise<Reply> {
  const response = await fetch(new URL(path, process.env.APP_URL), {
    method,
    headers: { "x-changeover-color": COLOR },
    ...(body !== "" && { body }),
    signal: AbortSignal.timeout(limitMs),
  });
  const text = await response.text();
  return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
}

serve({
  answer: callApp,
  isReady: async () => {
    const { status } = await callApp("GET", "/version", "", READINESS_LIMIT_MS).catch(() => ({
      status: 503,
    }));
    return status === 200;
  },
  close: async () => {},
});
