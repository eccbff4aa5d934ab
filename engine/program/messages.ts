import type * as aliasPb from "@pulumi/pulumi/proto/alias_pb";
import * as resourcePb from "@pulumi/pulumi/proto/resource_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Alias } from "../state/aliases";
import { fromWire, propertiesFromWire, toWire } from "../values/codec";
import { type Properties, UNKNOWN } from "../values/values";
import { EngineInputError } from "./program-error";
import type { Content } from "./protocol";
import type { ResourceOptions } from "./registration";

type Request = resourcePb.RegisterResourceRequest;
export type TransformOptions = resourcePb.TransformResourceOptions;

export function readStruct(struct: Struct | undefined, directory: string): Properties {
  return propertiesFromWire(struct?.toJavaScript(), directory);
}

export function writeStruct(properties: Properties, asOutputs = false): Struct {
  const wire = toWire(properties, asOutputs) as Record<string, never>;
  return Struct.fromJavaScript(wire);
}

export function transformOptions(request: Request): TransformOptions {
  const options = new resourcePb.TransformResourceOptions();
  options.setDependsOnList(request.getDependenciesList());
  if (request.hasProtect()) options.setProtect(request.getProtect() === true);
  options.setIgnoreChangesList(request.getIgnorechangesList());
  options.setReplaceOnChangesList(request.getReplaceonchangesList());
  options.setVersion(request.getVersion());
  options.setAliasesList(request.getAliasesList());
  options.setProvider(request.getProvider());
  options.setCustomTimeouts(request.getCustomtimeouts());
  options.setPluginDownloadUrl(request.getPlugindownloadurl());
  if (request.hasRetainondelete()) options.setRetainOnDelete(request.getRetainondelete() === true);
  options.setDeletedWith(request.getDeletedwith());
  options.setReplaceWithList(request.getReplaceWithList());
  options.setReplacementTrigger(request.getReplacementTrigger());
  if (request.getDeletebeforereplacedefined())
    options.setDeleteBeforeReplace(request.getDeletebeforereplace());
  options.setAdditionalSecretOutputsList(request.getAdditionalsecretoutputsList());
  options.setHooks(request.getHooks());
  options.setImport(request.getImportid());
  for (const [key, value] of request.getProvidersMap().entries()) options.getProvidersMap().set(key, value);
  return options;
}

export function readOptions(options: TransformOptions, directory: string): ResourceOptions {
  const trigger = options.getReplacementTrigger();
  return {
    protect: options.hasProtect() ? options.getProtect() : undefined,
    retainOnDelete: options.hasRetainOnDelete() ? options.getRetainOnDelete() : undefined,
    deleteBeforeReplace: options.hasDeleteBeforeReplace() ? options.getDeleteBeforeReplace() : undefined,
    ignoreChanges: options.getIgnoreChangesList(),
    replaceOnChanges: options.getReplaceOnChangesList(),
    additionalSecretOutputs: options.getAdditionalSecretOutputsList(),
    aliases: options.getAliasesList().map(readAlias),
    provider: providerUrn(options.getProvider()),
    deletedWith: options.getDeletedWith() || undefined,
    replaceWith: options.getReplaceWithList(),
    replacementTrigger: trigger === undefined ? undefined : fromWire(trigger.toJavaScript(), directory),
    importId: options.getImport() || undefined,
    timeouts: readTimeouts(options.getCustomTimeouts()),
    hasHooks: hasHooks(options.getHooks()),
  };
}

/** Returns the URN in a provider reference, which is `urn::id`. */
function providerUrn(reference: string): string | undefined {
  return reference === "" ? undefined : reference.slice(0, reference.lastIndexOf("::"));
}

function readAlias(alias: aliasPb.Alias): Alias {
  const spec = alias.getSpec();
  if (spec === undefined) return alias.getUrn();
  return {
    name: spec.getName() || undefined,
    type: spec.getType() || undefined,
    stack: spec.getStack() || undefined,
    project: spec.getProject() || undefined,
    parent: spec.getParenturn() || undefined,
    noParent: spec.getNoparent(),
  };
}

function readTimeouts(timeouts: resourcePb.RegisterResourceRequest.CustomTimeouts | undefined) {
  if (timeouts === undefined) return {};
  const given = { create: timeouts.getCreate(), update: timeouts.getUpdate(), delete: timeouts.getDelete() };
  const set = Object.entries(given).filter(([, text]) => text !== "");
  return Object.fromEntries(set.map(([operation, text]) => [operation, parseDuration(text)]));
}

/** Parses a duration in Go's notation, such as `1h30m` or `90s`, to seconds. */
function parseDuration(text: string): number {
  const seconds = { h: 3600, m: 60, s: 1, ms: 0.001 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) {
    throw new EngineInputError(
      `customTimeouts must be durations like 30s, 5m or 1h30m, got ${JSON.stringify(text)}.`,
    );
  }
  return parts.reduce(
    (sum, [, number, unit]) => sum + Number(number) * seconds[unit as keyof typeof seconds],
    0,
  );
}

function hasHooks(
  binding: resourcePb.RegisterResourceRequest.ResourceHooksBinding | undefined,
): boolean | undefined {
  if (binding === undefined) return undefined;
  return (
    Object.values(binding.toObject()).some((names) => Array.isArray(names) && names.length > 0) || undefined
  );
}

export function registerResponse(urn: string, id: string | undefined, outputs: Properties): Content {
  const response = new resourcePb.RegisterResourceResponse();
  response.setUrn(urn);
  response.setId(id ?? "");
  return { body: response.serializeBinary(), properties: toWire(outputs) };
}

export function readResponse(urn: string, outputs: Properties): Uint8Array {
  const response = new resourcePb.ReadResourceResponse();
  response.setUrn(urn);
  response.setProperties(writeStruct(outputs));
  return response.serializeBinary();
}

export function knownId(id: string): string | undefined {
  return fromWire(id, "") === UNKNOWN ? undefined : id;
}
