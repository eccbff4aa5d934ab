import type { Sdk } from "./load-sdk";
import type { FromProgram, Method, ToProgram } from "./protocol";

interface Message {
  serializeBinary(): Uint8Array;
}
type Callback = (error: Error | null, response: unknown) => void;

/** gRPC's status code for a call that a server does not know. */
const UNIMPLEMENTED = 12;

/** What this engine can do of all that the SDK asks for. */
const FEATURES = [
  "secrets",
  "resourceReferences",
  "deletedWith",
  "replaceWith",
  "aliasSpecs",
  "transforms",
  "invokeTransforms",
  "parameterization",
  "resourceHooks",
];

/**
 * Stands where the SDK expects its gRPC client of the resource monitor, and sends every request to the engine. As
 * long as one is unanswered, the process stays alive.
 */
export class ForwardingMonitor {
  /** Grows with every request; tells whether anything happened in between. */
  requests = 0;
  readonly #pending = new Map<number, { decode: (body: Uint8Array) => unknown; callback: Callback }>();

  constructor(private readonly sdk: Sdk) {
    process.on("message", (message: ToProgram) => {
      if (message.kind === "response") this.#answer(message);
      if (message.kind === "callback") this.#call(message);
    });
  }

  supportsFeature(request: { getId(): string }, callback: Callback): void {
    callback(null, { getHassupport: () => FEATURES.includes(request.getId()) });
  }

  /** Newer SDKs ask so for all features at once; of an engine that cannot say, they ask for each. */
  getDeploymentInfo(_request: unknown, callback: Callback): void {
    callback(Object.assign(new Error("This engine has no such call."), { code: UNIMPLEMENTED }), undefined);
  }

  registerResource(request: Message, callback: Callback): void {
    const { RegisterResourceResponse } = this.sdk.resource;
    this.#send(
      "registerResource",
      request,
      (body) => RegisterResourceResponse.deserializeBinary(body),
      callback,
    );
  }

  registerResourceOutputs(request: Message, callback: Callback): void {
    this.#send("registerResourceOutputs", request, () => ({}), callback);
  }

  readResource(request: Message, callback: Callback): void {
    const { ReadResourceResponse } = this.sdk.resource;
    this.#send("readResource", request, (body) => ReadResourceResponse.deserializeBinary(body), callback);
  }

  invoke(request: Message, callback: Callback): void {
    const { InvokeResponse } = this.sdk.provider;
    this.#send("invoke", request, (body) => InvokeResponse.deserializeBinary(body), callback);
  }

  call(request: Message, callback: Callback): void {
    const { CallResponse } = this.sdk.provider;
    this.#send("call", request, (body) => CallResponse.deserializeBinary(body), callback);
  }

  registerPackage(request: Message, callback: Callback): void {
    const { RegisterPackageResponse } = this.sdk.resource;
    this.#send(
      "registerPackage",
      request,
      (body) => RegisterPackageResponse.deserializeBinary(body),
      callback,
    );
  }

  registerStackTransform(request: Message, callback: Callback): void {
    this.#send("registerStackTransform", request, () => ({}), callback);
  }

  registerStackInvokeTransform(request: Message, callback: Callback): void {
    this.#send("registerStackInvokeTransform", request, () => ({}), callback);
  }

  registerResourceHook(request: Message, callback: Callback): void {
    this.#send("registerResourceHook", request, () => ({}), callback);
  }

  /** Called by the SDK when it disconnects; there is no connection of its own to close. */
  close(): void {}

  #send(method: Method, request: Message, decode: (body: Uint8Array) => unknown, callback: Callback): void {
    const id = ++this.requests;
    this.#pending.set(id, { decode, callback });
    process.channel?.ref();
    tell({ kind: "request", id, method, body: request.serializeBinary() });
  }

  #answer({ id, body, error }: Extract<ToProgram, { kind: "response" }>): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) process.channel?.unref();
    if (pending === undefined) return;
    // `details` is where the SDK looks for a gRPC error's message.
    if (error !== undefined)
      pending.callback(Object.assign(new Error(error), { code: 2, details: error }), undefined);
    else pending.callback(null, pending.decode(body ?? new Uint8Array()));
  }

  /**
   * Calls a function of the program (a transform, a hook) that the SDK serves under a token. The CLI does that over
   * the network; here the server is in the same process.
   */
  #call({ id, token, body }: Extract<ToProgram, { kind: "callback" }>): void {
    const { callback, store } = this.sdk;
    const request = new callback.CallbackInvokeRequest();
    request.setToken(token);
    request.setRequest(body);
    store.callbacks?.invoke({ request }, (error, response) => {
      if (response === undefined)
        tell({ kind: "callback-result", id, error: error?.details ?? "It failed." });
      else tell({ kind: "callback-result", id, body: response.getResponse_asU8() });
    });
  }
}

/** Sends to the engine. When it is gone the process is about to end, and nobody is left to hear of it. */
export function tell(message: FromProgram): void {
  if (process.connected) process.send?.(message);
}
