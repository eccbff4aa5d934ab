import { z } from "zod";

const url = z
  .string()
  .refine(isHttpAddress, { error: 'an address such as "http://127.0.0.1:8080" (plain HTTP, no path)' });

const schema = z.strictObject({
  /** Folder of the program whose application has the journeys: `app/index.ts` in it. */
  programDirectory: z.string().min(1),
  /** Address of the public load balancer, for example `http://127.0.0.1:8080`. Plain HTTP, no path. */
  url,
  /** Requests that fall due each second, whether or not earlier ones were answered. 0.1-10,000. */
  requestsPerSecond: z.number().min(0.1).max(10_000),
  /**
   * Logged-in users, each with one request at a time. 1-10,000. A request that falls due while every user waits for an
   * answer is queued, and its latency includes the wait.
   */
  sessions: z.int().min(1).max(10_000),
  /** Devices that upload one file after the other, each `bytes` long, spread over `durationSeconds`. */
  uploads: z.strictObject({
    concurrent: z.int().min(0).max(1_000),
    bytes: z
      .int()
      .min(1)
      .max(1024 ** 3),
    durationSeconds: z.number().min(0.1).max(3_600),
  }),
  /** WebSockets held open, each with a session of its own. 0-1,000. */
  webSockets: z.int().min(0).max(1_000),
  /** A request without a complete answer this long after it fell due has failed. 0.1-300, default 10. */
  requestTimeoutSeconds: z.number().min(0.1).max(300).default(10),
  /** Due requests that may wait for a free user; the next one is dropped, which is a failure. Default 10,000. */
  queueCap: z.int().min(1).max(1_000_000).default(10_000),
  /** The same seed gives the same requests in the same order. Default 1. */
  seed: z.int().default(1),
  agent: z
    .strictObject({
      /** Sockets open at once, uploads and WebSockets not counted. 1-10,000, default 256. */
      maxSockets: z.int().min(1).max(10_000).default(256),
      /**
       * An unused socket is closed after this long. It must be shorter than the load balancer's idle timeout, or a
       * request meets a socket that is being closed. Default 30 (an ALB's own default is 60).
       */
      idleSeconds: z.number().min(0.1).max(3_600).default(30),
    })
    .prefault({}),
});

export type LoadOptions = z.input<typeof schema>;

/** The options with every default filled in. */
export type LoadSettings = z.output<typeof schema>;

/** @throws Error that names each wrong option */
export function parseOptions(options: LoadOptions): LoadSettings {
  const parsed = schema.safeParse(options, { reportInput: true });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const got = issue.code === "unrecognized_keys" ? "" : ` got ${JSON.stringify(issue.input)};`;
    return `${issue.path.join(".") || "load options"}:${got} ${issue.message}`;
  });
  throw new Error(`The load cannot start with these options. ${problems.join(". ")}.`);
}

function isHttpAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash } = new URL(text);
  return protocol === "http:" && pathname === "/" && search === "" && hash === "";
}
