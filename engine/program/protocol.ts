/** Messages between the engine and the process that runs the program, over Node's IPC channel. */

export interface ProgramSettings {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly rootDirectory: string;
  readonly workingDirectory: string;
  readonly main: string;
  readonly preview: boolean;
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

/** Names of the requests to the engine, as in the SDK's resource monitor. */
export type Method =
  | "registerResource"
  | "registerResourceOutputs"
  | "readResource"
  | "invoke"
  | "call"
  | "registerStackTransform"
  | "registerStackInvokeTransform"
  | "registerResourceHook"
  | "registerErrorHook"
  | "registerPackage";

/** A request or a response. */
export interface Content {
  /** The protobuf message. */
  readonly body: Uint8Array;
  /**
   * The properties of a registered resource, in the form of a Struct's `toJavaScript`. They are not part of the message,
   * because encoding a Struct takes several times as long as copying plain data.
   */
  readonly properties?: unknown;
}

export type ToProgram =
  | { readonly kind: "start"; readonly settings: ProgramSettings }
  | {
      readonly kind: "response";
      readonly id: number;
      readonly content?: Content;
      readonly error?: string;
    }
  | { readonly kind: "callback"; readonly id: number; readonly token: string; readonly body: Uint8Array }
  | { readonly kind: "exit" };

export type FromProgram =
  | { readonly kind: "request"; readonly id: number; readonly method: Method; readonly content: Content }
  | {
      readonly kind: "callback-result";
      readonly id: number;
      readonly body?: Uint8Array;
      readonly error?: string;
    }
  | {
      readonly kind: "log";
      readonly severity: "info" | "warning" | "error";
      readonly message: string;
      readonly urn: string;
    }
  | { readonly kind: "error"; readonly failure: ProgramFailure }
  /** Node.js has no work left in the program. `unfinished` describes promises that never resolve. */
  | { readonly kind: "finished"; readonly unfinished?: string };

/** One reason for which a program rejects its config or inputs. */
export interface RejectionIssue {
  /** The rejected setting, or a file with a line, such as `0002_a.expand.sql:3`. */
  readonly key?: string;
  readonly text: string;
  /** The correction, in the imperative. */
  readonly remedy?: string;
}

export interface ProgramFailure {
  readonly message: string;
  /** The reasons of a validation error, if it has several or names them. */
  readonly issues?: readonly RejectionIssue[];
  readonly frames: readonly string[];
  /** True for a validation error, whose message is meant for the user of the program. */
  readonly rejected: boolean;
  readonly timedOut?: boolean;
}
