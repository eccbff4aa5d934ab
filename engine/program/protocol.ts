/** What the engine and the process that runs the program say to each other, over Node's IPC channel. */

export interface ProgramSettings {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  /** Folder of Pulumi.yaml. */
  readonly rootDirectory: string;
  readonly workingDirectory: string;
  /** See `Project.main`. */
  readonly main: string;
  /** True when nothing is changed: the program's `isDryRun()`. */
  readonly preview: boolean;
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

/** Requests that go to the engine, as the SDK's resource monitor names them. Bodies are protobuf messages. */
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

export type ToProgram =
  | { readonly kind: "start"; readonly settings: ProgramSettings }
  | { readonly kind: "response"; readonly id: number; readonly body?: Uint8Array; readonly error?: string }
  | { readonly kind: "callback"; readonly id: number; readonly token: string; readonly body: Uint8Array }
  | { readonly kind: "exit" };

export type FromProgram =
  | { readonly kind: "request"; readonly id: number; readonly method: Method; readonly body: Uint8Array }
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
  /** Nothing is left to do in the program; with what is undone nevertheless. */
  | { readonly kind: "finished"; readonly complaint?: string };

/** Why a program failed. */
export interface ProgramFailure {
  readonly message: string;
  /** Frames in the program's own files, innermost first; empty for a refusal. */
  readonly frames: readonly string[];
  /** The program said no, with a message that stands for itself; else it broke. */
  readonly rejected: boolean;
  /** It was given up: it went on for too long without asking anything of the engine. */
  readonly timedOut?: boolean;
}
