/**
 * The load that a rehearsal puts on an application: what its users and devices do.
 *
 * Requests are due at a fixed rate, even if earlier ones are still open (open loop). Each request is sent once,
 * redirects are not followed, and every response other than the expected one is counted. Each user has a cookie jar.
 *
 * ```ts
 * export const load: ApplicationLoad = {
 *   journeys: {
 *     order: {
 *       steps: [
 *         { path: "/products", expect: { text: "Book" } },
 *         {
 *           method: "POST",
 *           path: "/orders",
 *           form: { item: "book", note: "{random}" },
 *           expect: 303,
 *           remember: { order: { header: "location" } },
 *           readBack: { path: "{order}", expect: { text: "{random}" } },
 *         },
 *       ],
 *     },
 *   },
 * };
 * ```
 */
export interface ApplicationLoad {
  /** The journeys by name, one or more. A user makes one after the other, chosen at random by their weights. */
  readonly journeys: Readonly<Record<string, Journey>>;
  /** @default users do not log in */
  readonly session?: SessionJourney;
  /** @default devices upload nothing */
  readonly upload?: UploadJourney;
  /** @default no WebSockets */
  readonly socket?: SocketJourney;
  /** The parts of an answer that name its instance. Each has the default of {@link ANSWER_IDENTITY}. */
  readonly answers?: Partial<AnswerIdentity>;
}

export interface Journey {
  /** Share of the journeys, relative to the other weights. Above 0. @default 1 */
  readonly weight?: number;
  /**
   * Time from an answer to the user's next request, in seconds: a number, or a range from which each time is chosen. Other
   * users make requests meanwhile, so the rate of the load stays the same.
   *
   * @default 0
   */
  readonly thinkSeconds?: number | readonly [min: number, max: number];
  readonly steps: JourneySteps;
}

/** Requests in order, or a function for journeys that need decisions. A failed request ends the journey. */
export type JourneySteps = readonly JourneyRequest[] | JourneyFunction;

/** Yields the requests of one journey. Each `yield` results in the expected answer to the request. */
export type JourneyFunction = (user: JourneyUser) => Generator<JourneyRequest, void, JourneyAnswer>;

export interface JourneyUser {
  /** Unique among all users of all rehearsals. */
  readonly name: string;
  readonly random: Random;
  /**
   * Values by name: `user`, `random`, and the remembered ones. Those of the login stay until the logout, all others until
   * the journey ends.
   */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Returns a random number in [0, 1). A user has the same numbers in rehearsals with the same seed. */
export type Random = () => number;

/**
 * One request.
 *
 * Texts in `path`, `headers`, `json`, `form`, `body` and `expect` may contain values in braces: `{user}` is the unique
 * name of the user, `{random}` a text that is new in each journey, `{bytes}` and `{sha256}` describe the content of an upload,
 * and others are remembered from earlier answers. A text that is one value alone keeps its type, such as a number.
 */
export interface JourneyRequest {
  /** @default GET, or POST with a body */
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query of the URL, or an absolute URL of the application, such as a remembered `location`. */
  readonly path: string;
  /** @default cookies of the user, and the headers of the session */
  readonly headers?: Readonly<Record<string, string>>;
  /** A body as JSON. A request has at most one of `json`, `form` and `body`. */
  readonly json?: unknown;
  /** A body as `application/x-www-form-urlencoded`. */
  readonly form?: Readonly<Record<string, string>>;
  /** A body as plain text, unless `headers` has a `content-type`. */
  readonly body?: string;
  /**
   * Stalls of reads and of writes are measured separately.
   *
   * @default read for GET and HEAD, else write
   */
  readonly effect?: "read" | "write";
  /** The expected answer, or only its status. @default 200 */
  readonly expect?: number | ExpectedAnswer;
  /** Values to remember from the expected answer, by name. An answer without one of them is wrong. */
  readonly remember?: Readonly<Record<string, AnswerSource>>;
  /** Checks the expected answer further. Returns undefined if it is right. */
  check?(answer: JourneyAnswer): string | WrongAnswer | undefined;
  /**
   * The request that reads what this one stored. The user sends it next, and again and again until the end of the run,
   * across all flips: each answer must be as expected.
   *
   * @default nothing is read back
   */
  readonly readBack?: ReadBack | ((answer: JourneyAnswer) => ReadBack);
}

export type ReadBack = Omit<JourneyRequest, "readBack" | "remember">;

/** Each key that is set must match. */
export interface ExpectedAnswer {
  /** @default 200 */
  readonly status?: number | readonly number[];
  /** Headers by name. Each value must be equal. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Part of the JSON body: objects may have more keys; numbers, texts and arrays must be equal. */
  readonly json?: unknown;
  /** A text that the body contains. */
  readonly text?: string;
  /** SHA-256 of the body, in hexadecimal. */
  readonly sha256?: string;
}

/** A part of an answer: a value of the JSON body, such as `items.0.id`, a header, or the first group of a pattern. */
export type AnswerSource =
  | { readonly json: string }
  | { readonly header: string }
  | { readonly text: RegExp };

export interface JourneyAnswer {
  readonly status: number;
  /** Headers by name in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** The body parsed as JSON. Undefined if it is no JSON. */
  readonly json: unknown;
}

/** A response with the expected status and wrong content. */
export interface WrongAnswer {
  readonly detail: string;
  /** True if the session belongs to another user, so that the user has to log in again. */
  readonly sessionLost?: boolean;
}

/** Logged-in users. Cookies are sent as a browser does; a token is remembered and sent in `headers`. */
export interface SessionJourney {
  readonly login: JourneySteps;
  /** @default users do not log out */
  readonly logout?: JourneySteps;
  /** Number of journeys from login to logout. @default 20 */
  readonly journeys?: number;
  /** Headers of every request of a logged-in user, such as `{ authorization: "Bearer {token}" }`. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The answer to a user without a valid session. The session then counts as lost.
   *
   * @default status 401
   */
  readonly lost?: ExpectedAnswer;
}

/** A device that slowly uploads one file after the other, over its own connection. */
export interface UploadJourney extends Pick<JourneyRequest, "path" | "headers" | "expect" | "remember"> {
  /** @default POST */
  readonly method?: "POST" | "PUT" | "PATCH";
  /** @default application/octet-stream */
  readonly contentType?: string;
  /** Reads the upload back. This request or the answer to the upload must compare `{sha256}` or `{bytes}`. */
  readonly readBack?: ReadBack;
}

/** A device that sends numbered messages over a WebSocket. Each must be acknowledged, in order. */
export interface SocketJourney {
  readonly path: string;
  /** Time from one message to the next, in milliseconds. */
  readonly intervalMs: number;
  /** @param seq the number of the message: 1, 2, 3 ... over all sockets of the device */
  message(seq: number): string;
  /** @returns undefined if the text is not a message of the application */
  read(text: string): SocketReply | undefined;
}

export type SocketReply =
  /** The server asks the device to connect again after all messages are acknowledged. */
  | { readonly kind: "leave" }
  | {
      readonly kind: "acknowledged";
      readonly seq: number;
      readonly color?: string;
      readonly version?: string;
    }
  | { readonly kind: "failed"; readonly seq: number; readonly detail: string };

/**
 * The parts of an answer that name the instances that handled a request.
 *
 * An application may name less. Without a color, the load derives it from the version. Answers that name neither are
 * counted, but a flip is judged by the others.
 */
export interface AnswerIdentity {
  readonly color: AnswerSource;
  readonly version: AnswerSource;
  readonly instance: AnswerSource;
  /** The color of the `app` instance that was called. Absent if none was called. */
  readonly appColor: AnswerSource;
  readonly appVersion: AnswerSource;
}

export const ANSWER_IDENTITY: AnswerIdentity = {
  color: { header: "x-changeover-color" },
  version: { header: "x-changeover-version" },
  instance: { header: "x-changeover-instance" },
  appColor: { header: "x-changeover-app-color" },
  appVersion: { header: "x-changeover-app-version" },
};
