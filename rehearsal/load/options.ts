import { z } from "zod";
import { issueSentence } from "../../contract";

const whole = (min: number, max: number) =>
  z.int().min(min).max(max).describe(`a whole number from ${min} to ${max}`);
const decimal = (min: number, max: number) =>
  z.number().min(min).max(max).describe(`a number from ${min} to ${max}`);

const schema = z.strictObject({
  /**
   * Folder of the program. Its `app/index.ts` exports the application with the user journeys.
   *
   * @default none, all of the load is in `journeysFile`
   */
  programDirectory: z.string().min(1).describe("a folder").optional(),
  /** File of journeys in place of the application's, of which only those that write are made, too. @default none */
  journeysFile: z.string().min(1).describe("a file").optional(),
  /**
   * True to count each version as a color of its own if answers do not name their color, for a stack whose releases are not
   * known.
   *
   * @default false
   */
  versionIsColor: z.boolean().describe("true or false").default(false),
  url: z.string().refine(isHttpAddress).describe("an address such as https://shop.example, without a path"),
  /**
   * Address to connect to instead of the one that DNS has for `url`, whose name stays that of the request and of the
   * certificate.
   *
   * @default by DNS
   */
  via: z
    .strictObject({
      host: z.string().min(1).describe("a host name or an IP address"),
      port: whole(1, 65_535),
      /** Authority in PEM form that signed the certificate. @default those that Node.js trusts */
      certificateAuthority: z.string().min(1).describe("a certificate in PEM form").optional(),
    })
    .optional(),
  /** Number of requests that are due each second, independent of answers to earlier ones. */
  requestsPerSecond: decimal(0.1, 10_000),
  /**
   * Number of users. Each sends one request at a time. A request that is due while all users wait for answers is queued,
   * and the time in the queue counts as latency. While users think, more users are added.
   */
  sessions: whole(1, 10_000),
  /** Devices that upload one file after the other. Each file has `bytes` bytes, sent over `durationSeconds`. */
  uploads: z.strictObject({
    concurrent: whole(0, 1_000),
    bytes: whole(1, 1024 ** 3),
    durationSeconds: decimal(0.1, 3_600),
  }),
  webSockets: whole(0, 1_000),
  /**
   * Time limit for a complete answer, from the time at which the request is due.
   *
   * @default 10
   */
  requestTimeoutSeconds: decimal(0.1, 300).default(10),
  /**
   * Maximum number of due requests that wait for a free user. Further ones are dropped and count as failed.
   *
   * @default 10,000
   */
  queueCap: whole(1, 1_000_000).default(10_000),
  /** The same seed gives the same requests in the same order. @default 1 */
  seed: z.int().describe("a whole number").default(1),
  agent: z
    .strictObject({
      maxSockets: whole(1, 10_000).default(256),
      /**
       * Time after which an unused connection is closed. It must be shorter than the load balancer's idle timeout;
       * otherwise a request may be sent on a connection that the load balancer is closing.
       *
       * @default 30, as the default idle timeout of an ALB is 60
       */
      idleSeconds: decimal(0.1, 3_600).default(30),
    })
    .prefault({}),
});

export type LoadOptions = z.input<typeof schema>;

/** The validated options with all defaults filled in. */
export type LoadSettings = z.output<typeof schema>;

/** @throws Error that lists all invalid options */
export function parseOptions(options: LoadOptions): LoadSettings {
  const parsed = schema.safeParse(options, { reportInput: true });
  if (parsed.success) return parsed.data;
  const sentences = parsed.error.issues.map((issue) => issueSentence(schema, issue));
  throw new Error(`Wrong load options. ${sentences.join(" ")}`);
}

function isHttpAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && pathname === "/" && search === "" && hash === "";
}
