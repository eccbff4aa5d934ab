import { ResourceHookRequest } from "@pulumi/pulumi/proto/resource_pb";
import { writeStruct } from "../program/messages";
import type { HookKind, Hooks } from "../program/registration";
import type { ResourceState } from "../state/stack-state";
import { parseUrn } from "../state/urn";

/** Calls one hook of the program by name; resolves to the error that it reported. */
export type CallHook = (name: string, request: ResourceHookRequest) => Promise<string | undefined>;

/** Runs the hooks bound to one moment of a resource, in their order. One that reports an error fails the step. */
export async function runHooks(
  hooks: Hooks,
  kind: HookKind,
  callHook: CallHook,
  resource: { readonly urn: string; readonly type: string },
  states: { readonly old?: ResourceState; readonly next?: Partial<ResourceState> },
): Promise<void> {
  for (const name of hooks[kind] ?? []) {
    const request = new ResourceHookRequest();
    request.setUrn(resource.urn);
    request.setName(parseUrn(resource.urn).name);
    request.setType(resource.type);
    request.setId(states.next?.id ?? states.old?.id ?? "");
    if (states.old !== undefined) {
      request.setOldInputs(writeStruct(states.old.inputs));
      request.setOldOutputs(writeStruct(states.old.outputs));
    }
    if (states.next?.inputs !== undefined) request.setNewInputs(writeStruct(states.next.inputs));
    if (states.next?.outputs !== undefined) request.setNewOutputs(writeStruct(states.next.outputs));
    const error = await callHook(name, request);
    if (error !== undefined) throw new Error(`The hook "${name}" failed: ${error}`);
  }
}
