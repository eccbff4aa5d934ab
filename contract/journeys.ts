/**
 * The load that a rehearsal puts on an application.
 *
 * New users arrive at a fixed rate, even if earlier requests are still open (open loop). Each request is sent once,
 * and every response other than the expected one is a failure. Sessions use cookies.
 */
export interface ApplicationLoad {
  /** The cookie that a login sets. */
  readonly sessionCookie: string;
  logIn(user: string): JourneyRequest;
  logOut(user: string): JourneyRequest;
  /** Creates the journey of one user. The user is logged in whenever `next` is called. */
  createUser(user: string, random: Random): UserJourney;
  /** @default devices upload nothing */
  readonly upload?: UploadJourney;
  /** @default no WebSockets */
  readonly socket?: SocketJourney;
  /** @default {@link ANSWER_HEADERS} */
  readonly answerHeaders?: AnswerHeaders;
}

/** Returns a random number in [0, 1). Rehearsals with the same seed get the same numbers. */
export type Random = () => number;

export interface UserJourney {
  /**
   * Returns the user's next request, or `"log out"`. The journey itself stores what it needs from earlier responses.
   */
  next(): JourneyRequest | "log out";
}

export interface JourneyRequest {
  /** Stalls of reads and of writes are measured separately. */
  readonly effect: "read" | "write";
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query of the URL. */
  readonly path: string;
  /** @default no body */
  readonly json?: unknown;
  /** The expected status of the response. */
  readonly expect: number;
  /**
   * Checks the body of a response with the expected status, parsed as JSON.
   *
   * @returns undefined if the body is right
   * @default the body is not read
   */
  check?(body: unknown): WrongAnswer | undefined;
}

/** A response with the expected status and wrong content. */
export interface WrongAnswer {
  readonly detail: string;
  /** True if the session belongs to another user, so that the user has to log in again. */
  readonly sessionLost?: boolean;
}

/** A device that slowly uploads one file after the other, over its own connection. */
export interface UploadJourney {
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly contentType: string;
  /** The expected status of the response. */
  readonly expect: number;
  /**
   * Reads from the response which content the application stored.
   *
   * @returns undefined if the response does not contain it
   */
  stored(body: unknown): StoredUpload | undefined;
  /**
   * Returns the request that reads the upload back. Its `check` compares the content with the response to the upload.
   */
  readBack(body: unknown): JourneyRequest;
}

export interface StoredUpload {
  readonly bytes: number;
  readonly sha256: string;
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

/** The response headers that name the instances that handled a request, in lower case. */
export interface AnswerHeaders {
  readonly color: string;
  readonly version: string;
  /** The color of the `app` instance that was called. Absent if none was called. */
  readonly appColor: string;
  readonly appVersion: string;
}

export const ANSWER_HEADERS: AnswerHeaders = {
  color: "x-changeover-color",
  version: "x-changeover-version",
  appColor: "x-changeover-app-color",
  appVersion: "x-changeover-app-version",
};
