import { z } from "zod";
import { issueSentence } from "../../contract";

const whole = (min: number, max: number) =>
  z.int().min(min).max(max).describe(`a whole number from ${min} to ${max}`);
const decimal = (min: number, max: number) =>
  z.number().min(min).max(max).describe(`a number from ${min} to ${max}`);

const schema = z.strictObject({
  /** Folder of the program whose application has the journeys: `app/index.ts` in it. */
  programDirectory: z.string().min(1).describe("a folder"),
  url: z.string().refine(isHttpAddress).describe("an address such as http://127.0.0.1:8080, without a path"),
  /** Requests that fall due each second, whether or not earlier ones were answered. */
  requestsPerSecond: decimal(0.1, 10_000),
  /**
   * Logged-in users, each with one request at a time. A request that falls due while every user waits for an answer is
   * queued, and its latency includes the wait.
   */
  sessions: whole(1, 10_000),
  /** Devices that upload one file after the other, each `bytes` long, spread over `durationSeconds`. */
  uploads: z.strictObject({
    concurrent: whole(0, 1_000),
    bytes: whole(1, 1024 ** 3),
    durationSeconds: decimal(0.1, 3_600),
  }),
  webSockets: whole(0, 1_000),
  /** A request without a complete answer this long after it fell due has failed. @default 10 */
  requestTimeoutSeconds: decimal(0.1, 300).default(10),
  /** Due requests that may wait for a free user; the next one is dropped, which is a failure. @default 10,000 */
  queueCap: whole(1, 1_000_000).default(10_000),
  /** The same seed gives the same requests in the same order. @default 1 */
  seed: z.int().describe("a whole number").default(1),
  agent: z
    .strictObject({
      maxSockets: whole(1, 10_000).default(256),
      /**
       * An unused socket is closed after this long. It must be shorter than the load balancer's idle timeout, or a
       * request meets a socket that is being closed.
       *
       * @default 30, as the idle timeout of an ALB is 60 by default
       */
      idleSeconds: decimal(0.1, 3_600).default(30),
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
  const sentences = parsed.error.issues.map((issue) => issueSentence(schema, issue));
  throw new Error(`Wrong load options. ${sentences.join(" ")}`);
}

function isHttpAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash } = new URL(text);
  return protocol === "http:" && pathname === "/" && search === "" && hash === "";
}
