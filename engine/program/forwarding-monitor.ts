import type { Sdk } from "./load-sdk";
import type { Content, FromProgram, Method, ToProgram } from "./protocol";

interface Message {
  serializeBinary(): Uint8Array;
}
type Struct = { toJavaScript(): unknown };
interface Registration extends Message {
  getObject(): Struct | undefined;
  setObject(object: Struct | undefined): void;
}
type Callback = (error: Error | null, response: unknown) => void;

/** gRPC's status code for an unimplemented method. */
const UNIMPLEMENTED = 12;

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
 * Replaces the SDK's gRPC client of the resource monitor. It sends every request to the engine, and keeps the process
 * alive until the response arrives.
 */
export class ForwardingMonitor {
  requests = 0;
  private readonly pending = new Map<number, { decode: (content: Content) => unknown; callback: Callback }>();

  constructor(private readonly sdk: Sdk) {
    process.on("message", (message: ToProgram) => {
      if (message.kind === "response") this.respond(message);
      if (message.kind === "callback") this.callFunction(message);
    });
  }

  supportsFeature(request: { getId(): string }, callback: Callback): void {
    callback(null, { getHassupport: () => FEATURES.includes(request.getId()) });
  }

  /** Newer SDKs request all features with this call. When it is unimplemented, they call `supportsFeature`. */
  getDeploymentInfo(_request: unknown, callback: Callback): void {
    callback(Object.assign(new Error("Not implemented."), { code: UNIMPLEMENTED }), undefined);
  }

  registerResource(request: Registration, callback: Callback): void {
    const { RegisterResourceResponse } = this.sdk.resource;
    const object = request.getObject();
    request.setObject(undefined);
    const content = { body: request.serializeBinary(), properties: object?.toJavaScript() };
    request.setObject(object); // The SDK reads it after an error.
    const decode = ({ body, properties }: Content) => {
      const response = RegisterResourceResponse.deserializeBinary(body);
      const outputs: Struct = { toJavaScript: () => properties };
      return Object.assign(response, { getObject: () => outputs });
    };
    this.sendContent("registerResource", content, decode, callback);
  }

  registerResourceOutputs(request: Message, callback: Callback): void {
    this.send("registerResourceOutputs", request, () => ({}), callback);
  }

  readResource(request: Message, callback: Callback): void {
    const { ReadResourceResponse } = this.sdk.resource;
    this.send("readResource", request, (body) => ReadResourceResponse.deserializeBinary(body), callback);
  }

  invoke(request: Message, callback: Callback): void {
    const { InvokeResponse } = this.sdk.provider;
    this.send("invoke", request, (body) => InvokeResponse.deserializeBinary(body), callback);
  }

  call(request: Message, callback: Callback): void {
    const { CallResponse } = this.sdk.provider;
    this.send("call", request, (body) => CallResponse.deserializeBinary(body), callback);
  }

  registerPackage(request: Message, callback: Callback): void {
    const { RegisterPackageResponse } = this.sdk.resource;
    this.send(
      "registerPackage",
      request,
      (body) => RegisterPackageResponse.deserializeBinary(body),
      callback,
    );
  }

  registerStackTransform(request: Message, callback: Callback): void {
    this.send("registerStackTransform", request, () => ({}), callback);
  }

  registerStackInvokeTransform(request: Message, callback: Callback): void {
    this.send("registerStackInvokeTransform", request, () => ({}), callback);
  }

  registerResourceHook(request: Message, callback: Callback): void {
    this.send("registerResourceHook", request, () => ({}), callback);
  }

  close(): void {}

  private send(
    method: Method,
    request: Message,
    decode: (body: Uint8Array) => unknown,
    callback: Callback,
  ): void {
    this.sendContent(method, { body: request.serializeBinary() }, ({ body }) => decode(body), callback);
  }

  private sendContent(
    method: Method,
    content: Content,
    decode: (content: Content) => unknown,
    callback: Callback,
  ): void {
    const id = ++this.requests;
    this.pending.set(id, { decode, callback });
    process.channel?.ref();
    sendToEngine({ kind: "request", id, method, content });
  }

  private respond({ id, content, error }: Extract<ToProgram, { kind: "response" }>): void {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    if (this.pending.size === 0) process.channel?.unref();
    if (pending === undefined) return;
    // The SDK reads an error's message from `details`.
    if (error !== undefined)
      pending.callback(Object.assign(new Error(error), { code: 2, details: error }), undefined);
    else pending.callback(null, pending.decode(content ?? { body: new Uint8Array() }));
  }

  /** Calls a function of the program, such as a transform, through the SDK's callback server in this process. */
  private callFunction({ id, token, body }: Extract<ToProgram, { kind: "callback" }>): void {
    const { callback, store } = this.sdk;
    const request = new callback.CallbackInvokeRequest();
    request.setToken(token);
    request.setRequest(body);
    store.callbacks?.invoke({ request }, (error, response) => {
      if (response === undefined)
        sendToEngine({ kind: "callback-result", id, error: error?.details ?? "The function failed." });
      else sendToEngine({ kind: "callback-result", id, body: response.getResponse_asU8() });
    });
  }
}

/**
 * Sends a message to the engine. Does nothing if the engine has ended, because then this process exits soon as well.
 */
export function sendToEngine(message: FromProgram): void {
  if (process.connected) process.send?.(message);
}
