import * as callbackPb from "@pulumi/pulumi/proto/callback_pb";
import * as providerPb from "@pulumi/pulumi/proto/provider_pb";
import * as resourcePb from "@pulumi/pulumi/proto/resource_pb";
import { formatUrn, qualifyType, STACK_TYPE } from "../state/urn";
import { propertiesFromWire } from "../values/codec";
import type { Properties } from "../values/values";
import {
  knownId,
  readOptions,
  readResponse,
  readStruct,
  registerResponse,
  type TransformOptions,
  transformOptions,
  writeStruct,
} from "./messages";
import type { Content, Method } from "./protocol";
import { NO_OPTIONS, type Registration, type ResourceHandler, type ResourceOptions } from "./registration";

export interface ResourceMonitorOptions {
  readonly project: string;
  readonly stack: string;
  readonly workingDirectory: string;
  readonly handler: ResourceHandler;
  /** Calls a function of the program, such as a transform. */
  readonly callProgram: (token: string, body: Uint8Array) => Promise<Uint8Array>;
}

interface RegisteredResource {
  readonly parent?: string;
  readonly options: ResourceOptions;
  readonly transforms: readonly callbackPb.Callback[];
}

/**
 * Serves the requests of one run of a program, as Pulumi's resource monitor does: decodes them, applies transforms,
 * builds URNs, and passes options of parents on to children.
 */
export class ResourceMonitor {
  private readonly resources = new Map<string, RegisteredResource>();
  private readonly stackTransforms: callbackPb.Callback[] = [];
  private readonly invokeTransforms: callbackPb.Callback[] = [];

  constructor(private readonly options: ResourceMonitorOptions) {}

  async handle(method: Method, content: Content): Promise<Content> {
    if (method !== "registerResource") return { body: await this.answer(method, content.body) };
    const request = resourcePb.RegisterResourceRequest.deserializeBinary(content.body);
    return this.register(request, content.properties);
  }

  private async answer(method: Exclude<Method, "registerResource">, body: Uint8Array): Promise<Uint8Array> {
    switch (method) {
      case "registerResourceOutputs":
        return this.registerOutputs(resourcePb.RegisterResourceOutputsRequest.deserializeBinary(body));
      case "readResource":
        return this.read(resourcePb.ReadResourceRequest.deserializeBinary(body));
      case "invoke":
        return this.invoke(resourcePb.ResourceInvokeRequest.deserializeBinary(body));
      case "registerStackTransform":
        this.stackTransforms.push(callbackPb.Callback.deserializeBinary(body));
        return new Uint8Array();
      case "registerStackInvokeTransform":
        this.invokeTransforms.push(callbackPb.Callback.deserializeBinary(body));
        return new Uint8Array();
      case "registerResourceHook":
        // Registered hooks can be ignored: an evaluation runs no steps, and a deployment rejects resources that have
        // hooks.
        return new Uint8Array();
      case "registerPackage":
        return registerPackage(resourcePb.RegisterPackageRequest.deserializeBinary(body));
      case "call":
        throw new Error("Methods of component plugins are not supported by this engine. Use the Pulumi CLI.");
      case "registerErrorHook":
        throw new Error("Error hooks are not supported by this engine. Use the Pulumi CLI.");
    }
  }

  private async register(request: resourcePb.RegisterResourceRequest, properties: unknown): Promise<Content> {
    const [type, name, custom] = [request.getType(), request.getName(), request.getCustom()];
    const parent = request.getParent() || undefined;
    const urn = this.claimUrn(type, name, parent);
    const transforms = request.getTransformsList();
    const { inputs, options: transformed } = await this.transform(
      [...transforms, ...this.inheritedTransforms(parent), ...this.stackTransforms],
      { type, name, custom, parent },
      propertiesFromWire(properties, this.options.workingDirectory),
      transformOptions(request),
    );
    const options = inherit(
      readOptions(transformed, this.options.workingDirectory),
      parent === undefined ? undefined : this.resources.get(parent)?.options,
    );
    this.resources.set(urn, { parent, options, transforms });

    const propertyDependencies: Record<string, string[]> = {};
    for (const [key, urns] of request.getPropertydependenciesMap().entries()) {
      if (key in inputs) propertyDependencies[key] = urns.getUrnsList().sort();
    }
    const registration: Registration = {
      ...{ urn, type, name, parent, custom, remote: request.getRemote(), inputs },
      dependencies: [...new Set(transformed.getDependsOnList())].sort(),
      propertyDependencies,
      options,
    };
    const { id, outputs } = await this.options.handler.register(registration);
    return registerResponse(urn, id, outputs);
  }

  private async registerOutputs(request: resourcePb.RegisterResourceOutputsRequest): Promise<Uint8Array> {
    const outputs = this.readStruct(request.getOutputs());
    await this.options.handler.registerOutputs(request.getUrn(), outputs);
    return new Uint8Array();
  }

  private async read(request: resourcePb.ReadResourceRequest): Promise<Uint8Array> {
    const [type, name, parent] = [request.getType(), request.getName(), request.getParent() || undefined];
    const urn = this.claimUrn(type, name, parent);
    const { outputs } = await this.options.handler.read({
      ...{ urn, type, name, parent },
      id: knownId(request.getId()),
      inputs: this.readStruct(request.getProperties()),
      dependencies: [...request.getDependenciesList()].sort(),
    });
    return readResponse(urn, outputs);
  }

  private async invoke(request: resourcePb.ResourceInvokeRequest): Promise<Uint8Array> {
    const token = request.getTok();
    let args = this.readStruct(request.getArgs());
    for (const callback of this.invokeTransforms) {
      const transform = new resourcePb.TransformInvokeRequest();
      transform.setToken(token);
      transform.setArgs(writeStruct(args));
      const body = await this.call(callback, transform.serializeBinary());
      const changed = resourcePb.TransformInvokeResponse.deserializeBinary(body).getArgs();
      if (changed !== undefined) args = this.readStruct(changed);
    }
    const { outputs, failures = [] } = await this.options.handler.invoke(token, args);
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

  private claimUrn(type: string, name: string, parent: string | undefined): string {
    const { project, stack } = this.options;
    const urn = formatUrn({ stack, project, qualifiedType: qualifyType(type, parent), name });
    if (this.resources.has(urn)) {
      throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    }
    // The URN is reserved before the first `await`, so that two resources with the same name cannot both pass the
    // check above.
    this.resources.set(urn, { parent, options: NO_OPTIONS, transforms: [] });
    return urn;
  }

  private inheritedTransforms(parent: string | undefined): readonly callbackPb.Callback[] {
    const registered = parent === undefined ? undefined : this.resources.get(parent);
    return registered === undefined
      ? []
      : [...registered.transforms, ...this.inheritedTransforms(registered.parent)];
  }

  private async transform(
    transforms: readonly callbackPb.Callback[],
    resource: { type: string; name: string; custom: boolean; parent?: string },
    inputs: Properties,
    options: TransformOptions,
  ): Promise<{ inputs: Properties; options: TransformOptions }> {
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
        await this.call(callback, request.serializeBinary()),
      );
      const properties = response.getProperties();
      result = {
        inputs: properties === undefined ? result.inputs : this.readStruct(properties),
        options: response.getOptions() ?? result.options,
      };
    }
    return result;
  }

  private call(callback: callbackPb.Callback, body: Uint8Array): Promise<Uint8Array> {
    return this.options.callProgram(callback.getToken(), body);
  }

  private readStruct(struct: Parameters<typeof readStruct>[0]): Properties {
    return readStruct(struct, this.options.workingDirectory);
  }
}

/**
 * Adds the options that a resource inherits from its parent. Providers are not included, because the SDK passes them
 * on to children itself.
 *
 * @see `inheritFromParent` in Pulumi's resource monitor
 */
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
