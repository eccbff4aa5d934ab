/**
 * The load that a rehearsal puts on an application.
 *
 * Users come with the rate of the rehearsal, whether or not earlier requests were answered (open loop). Each request is
 * sent once; every answer other than the expected one is a failure. Sessions are cookies.
 */
export interface ApplicationLoad {
  /** The cookie that a login sets. */
  readonly sessionCookie: string;
  logIn(user: string): JourneyRequest;
  logOut(user: string): JourneyRequest;
  /** The journey of one user, who is logged in whenever `next` is called. */
  createUser(user: string, random: Random): UserJourney;
  /** @default devices upload nothing */
  readonly upload?: UploadJourney;
  /** @default no WebSockets */
  readonly socket?: SocketJourney;
  /** @default {@link ANSWER_HEADERS} */
  readonly answerHeaders?: AnswerHeaders;
}

/** The next number in [0, 1). It repeats with the seed of a rehearsal. */
export type Random = () => number;

export interface UserJourney {
  /** The user's next request, or `"log out"`. What a user remembers is the journey's own. */
  next(): JourneyRequest | "log out";
}

export interface JourneyRequest {
  /** Stalls of reads and of writes are measured separately. */
  readonly effect: "read" | "write";
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query. */
  readonly path: string;
  /** @default no body */
  readonly json?: unknown;
  /** The status of a good answer. */
  readonly expect: number;
  /**
   * Checks the body of a good answer, parsed as JSON.
   *
   * @returns undefined when it is right
   * @default the body is not read
   */
  check?(body: unknown): WrongAnswer | undefined;
}

/** A good status with wrong content. */
export interface WrongAnswer {
  readonly detail: string;
  /** The session belongs to another user, so the user has to log in again. */
  readonly sessionLost?: boolean;
}

/** A device that uploads one file after the other, slowly, over a connection of its own. */
export interface UploadJourney {
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly contentType: string;
  /** The status of a good answer. */
  readonly expect: number;
  /**
   * The content that an answer says is stored.
   *
   * @returns undefined when the answer does not say so
   */
  stored(body: unknown): StoredUpload | undefined;
  /** Reads the upload back; its `check` compares it with what the upload's answer said. */
  readBack(body: unknown): JourneyRequest;
}

export interface StoredUpload {
  readonly bytes: number;
  readonly sha256: string;
}

/** A device with a WebSocket that sends numbered messages, each to be acknowledged in order. */
export interface SocketJourney {
  readonly path: string;
  /** Milliseconds from one message to the next. */
  readonly intervalMs: number;
  /** @param seq 1, 2, 3 ... over all sockets of the device */
  message(seq: number): string;
  /** @returns undefined when the text is no message of the application */
  read(text: string): SocketReply | undefined;
}

export type SocketReply =
  /** The server asks the device to connect again, once everything is acknowledged. */
  | { readonly kind: "leave" }
  | {
      readonly kind: "acknowledged";
      readonly seq: number;
      readonly color?: string;
      readonly version?: string;
    }
  | { readonly kind: "failed"; readonly seq: number; readonly detail: string };

/** The headers by which an answer names the instances that made it, in lower case. */
export interface AnswerHeaders {
  readonly color: string;
  readonly version: string;
  /** The instance of the tier `app` that was called; absent when none was. */
  readonly appColor: string;
  readonly appVersion: string;
}

export const ANSWER_HEADERS: AnswerHeaders = {
  color: "x-changeover-color",
  version: "x-changeover-version",
  appColor: "x-changeover-app-color",
  appVersion: "x-changeover-app-version",
};
