import * as callbackPb from "@pulumi/pulumi/proto/callback_pb";
import * as providerPb from "@pulumi/pulumi/proto/provider_pb";
import * as resourcePb from "@pulumi/pulumi/proto/resource_pb";
import { formatUrn, qualifyType, STACK_TYPE } from "../state/urn";
import type { Properties } from "../values/values";
import {
  knownId,
  readHooks,
  readOptions,
  readResponse,
  readStruct,
  registerResponse,
  type TransformOptions,
  transformOptions,
  writeStruct,
} from "./messages";
import type { Method } from "./protocol";
import { NO_OPTIONS, type Registration, type ResourceHandler, type ResourceOptions } from "./registration";

/** Calls a function in the program. */
export type CallProgram = (token: string, body: Uint8Array) => Promise<Uint8Array>;

export interface ResourceMonitorOptions {
  readonly project: string;
  readonly stack: string;
  readonly workingDirectory: string;
  readonly monitor: ResourceHandler;
  readonly callProgram: CallProgram;
}

interface RegisteredResource {
  readonly parent?: string;
  readonly options: ResourceOptions;
  readonly transforms: readonly callbackPb.Callback[];
}

/**
 * One run of a program as its requests see it: decodes them, applies transforms, gives URNs and lets children inherit
 * from parents, as Pulumi's resource monitor does. What a resource then means, its `ResourceHandler` decides.
 */
export class ResourceMonitor {
  readonly #resources = new Map<string, RegisteredResource>();
  readonly #stackTransforms: callbackPb.Callback[] = [];
  readonly #invokeTransforms: callbackPb.Callback[] = [];
  readonly #hooks = new Map<string, { callback: callbackPb.Callback; onDryRun: boolean }>();

  constructor(private readonly options: ResourceMonitorOptions) {}

  async answer(method: Method, body: Uint8Array): Promise<Uint8Array> {
    switch (method) {
      case "registerResource":
        return this.#register(resourcePb.RegisterResourceRequest.deserializeBinary(body));
      case "registerResourceOutputs":
        return this.#registerOutputs(resourcePb.RegisterResourceOutputsRequest.deserializeBinary(body));
      case "readResource":
        return this.#read(resourcePb.ReadResourceRequest.deserializeBinary(body));
      case "invoke":
        return this.#invoke(resourcePb.ResourceInvokeRequest.deserializeBinary(body));
      case "registerStackTransform":
        this.#stackTransforms.push(callbackPb.Callback.deserializeBinary(body));
        return new Uint8Array();
      case "registerStackInvokeTransform":
        this.#invokeTransforms.push(callbackPb.Callback.deserializeBinary(body));
        return new Uint8Array();
      case "registerResourceHook":
        return this.#registerHook(resourcePb.RegisterResourceHookRequest.deserializeBinary(body));
      case "registerPackage":
        return registerPackage(resourcePb.RegisterPackageRequest.deserializeBinary(body));
      case "call":
        throw new Error("Methods of component plugins need the Pulumi CLI; this engine has no plugins.");
      case "registerErrorHook":
        throw new Error("Error hooks need the Pulumi CLI; this engine does not retry steps.");
    }
  }

  /** Runs a hook that a resource is bound to; resolves to the error it reported. */
  async callHook(
    name: string,
    request: resourcePb.ResourceHookRequest,
    preview: boolean,
  ): Promise<string | undefined> {
    const hook = this.#hooks.get(name);
    if (hook === undefined) throw new Error(`The resource hook "${name}" was not registered.`);
    if (preview && !hook.onDryRun) return undefined;
    const body = await this.#call(hook.callback, request.serializeBinary());
    return resourcePb.ResourceHookResponse.deserializeBinary(body).getError() || undefined;
  }

  async #register(request: resourcePb.RegisterResourceRequest): Promise<Uint8Array> {
    const [type, name, custom] = [request.getType(), request.getName(), request.getCustom()];
    const parent = request.getParent() || undefined;
    const urn = this.#claimUrn(type, name, parent);
    const transforms = request.getTransformsList();
    const original = readStruct(request.getObject(), this.options.workingDirectory);
    const { inputs, options: transformed } = await this.#transform(
      [...transforms, ...this.#inheritedTransforms(parent), ...this.#stackTransforms],
      { type, name, custom, parent },
      original,
      transformOptions(request),
    );
    const options = inherit(
      readOptions(transformed, this.options.workingDirectory),
      parent === undefined ? undefined : this.#resources.get(parent)?.options,
    );
    this.#resources.set(urn, { parent, options, transforms });

    const propertyDependencies: Record<string, string[]> = {};
    for (const [key, urns] of request.getPropertydependenciesMap().entries()) {
      if (key in inputs) propertyDependencies[key] = urns.getUrnsList().sort();
    }
    const registration: Registration = {
      urn,
      type,
      name,
      parent,
      custom,
      remote: request.getRemote(),
      inputs,
      dependencies: [...new Set(transformed.getDependsOnList())].sort(),
      propertyDependencies,
      options,
      hooks: readHooks(transformed.getHooks()),
    };
    const { id, outputs } = await this.options.monitor.register(registration);
    return registerResponse(urn, id, outputs);
  }

  async #registerOutputs(request: resourcePb.RegisterResourceOutputsRequest): Promise<Uint8Array> {
    const outputs = readStruct(request.getOutputs(), this.options.workingDirectory);
    await this.options.monitor.registerOutputs(request.getUrn(), outputs);
    return new Uint8Array();
  }

  async #read(request: resourcePb.ReadResourceRequest): Promise<Uint8Array> {
    const [type, name, parent] = [request.getType(), request.getName(), request.getParent() || undefined];
    const urn = this.#claimUrn(type, name, parent);
    const { outputs } = await this.options.monitor.read({
      urn,
      type,
      name,
      parent,
      id: knownId(request.getId()),
      inputs: readStruct(request.getProperties(), this.options.workingDirectory),
      dependencies: [...request.getDependenciesList()].sort(),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    });
    return readResponse(urn, outputs);
  }

  async #invoke(request: resourcePb.ResourceInvokeRequest): Promise<Uint8Array> {
    const token = request.getTok();
    let args = readStruct(request.getArgs(), this.options.workingDirectory);
    for (const callback of this.#invokeTransforms) {
      const transform = new resourcePb.TransformInvokeRequest();
      transform.setToken(token);
      transform.setArgs(writeStruct(args));
      const body = await this.#call(callback, transform.serializeBinary());
      const changed = resourcePb.TransformInvokeResponse.deserializeBinary(body).getArgs();
      if (changed !== undefined) args = readStruct(changed, this.options.workingDirectory);
    }
    const { outputs, failures = [] } = await this.options.monitor.invoke(token, args);
    const response = new providerPb.InvokeResponse();
    response.setReturn(writeStruct(outputs));
    for (const { property, reason } of failures) {
      const failure = new providerPb.CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      response.addFailures(failure);
    }
    return response.serializeBinary();
  }

  #registerHook(request: resourcePb.RegisterResourceHookRequest): Uint8Array {
    const callback = request.getCallback();
    if (callback === undefined) throw new Error(`The resource hook "${request.getName()}" has no callback.`);
    this.#hooks.set(request.getName(), { callback, onDryRun: request.getOnDryRun() });
    return new Uint8Array();
  }

  #claimUrn(type: string, name: string, parent: string | undefined): string {
    const { project, stack } = this.options;
    const urn = formatUrn({ stack, project, qualifiedType: qualifyType(type, parent), name });
    if (this.#resources.has(urn)) {
      throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    }
    // Claimed before anything is awaited, so that two of one name cannot pass side by side.
    this.#resources.set(urn, { parent, options: NO_OPTIONS, transforms: [] });
    return urn;
  }

  /** Transforms of all parents, the nearest first. */
  #inheritedTransforms(parent: string | undefined): readonly callbackPb.Callback[] {
    const known = parent === undefined ? undefined : this.#resources.get(parent);
    return known === undefined ? [] : [...known.transforms, ...this.#inheritedTransforms(known.parent)];
  }

  async #transform(
    transforms: readonly callbackPb.Callback[],
    resource: { type: string; name: string; custom: boolean; parent?: string },
    inputs: Properties,
    options: TransformOptions,
  ): Promise<{ inputs: Properties; options: TransformOptions }> {
    // The stack itself is registered before the program can say anything about it.
    if (resource.type === STACK_TYPE) return { inputs, options };
    let result = { inputs, options };
    for (const callback of transforms) {
      const request = new resourcePb.TransformRequest();
      request.setType(resource.type);
      request.setName(resource.name);
      request.setCustom(resource.custom);
      request.setParent(resource.parent ?? "");
      request.setProperties(writeStruct(result.inputs, true));
      request.setOptions(result.options);
      const response = resourcePb.TransformResponse.deserializeBinary(
        await this.#call(callback, request.serializeBinary()),
      );
      const properties = response.getProperties();
      result = {
        inputs:
          properties === undefined ? result.inputs : readStruct(properties, this.options.workingDirectory),
        options: response.getOptions() ?? result.options,
      };
    }
    return result;
  }

  async #call(callback: callbackPb.Callback, body: Uint8Array): Promise<Uint8Array> {
    return this.options.callProgram(callback.getToken(), body);
  }
}

/** Source: `inheritFromParent` in Pulumi's resource monitor; providers are inherited by the SDK itself. */
function inherit(own: ResourceOptions, parent: ResourceOptions | undefined): ResourceOptions {
  if (parent === undefined) return own;
  return {
    ...own,
    protect: own.protect ?? parent.protect,
    retainOnDelete: own.retainOnDelete ?? parent.retainOnDelete,
    deletedWith: own.deletedWith ?? parent.deletedWith,
  };
}

function registerPackage(request: resourcePb.RegisterPackageRequest): Uint8Array {
  const response = new resourcePb.RegisterPackageResponse();
  const name = request.getParameterization()?.getName() ?? request.getName();
  response.setRef(`${name}@${request.getVersion()}`);
  return response.serializeBinary();
}
