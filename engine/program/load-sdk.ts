import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import type * as callback from "@pulumi/pulumi/proto/callback_pb";
import type * as provider from "@pulumi/pulumi/proto/provider_pb";
import type * as resource from "@pulumi/pulumi/proto/resource_pb";
import type * as runtime from "@pulumi/pulumi/runtime";
import { OpenPromises } from "./open-promises";
import { understandPlaceholders } from "./placeholder";

/** The parts of the SDK's settings that its own runner sets, too. */
export interface SdkStore {
  settings: { engine?: unknown; options: { rootDirectory?: string } };
  /** Serves the program's transforms and hooks; there once the program has one. */
  callbacks?: {
    invoke(
      call: { request: callback.CallbackInvokeRequest },
      done: (error: { details?: string } | null, response?: callback.CallbackInvokeResponse) => void,
    ): void;
  };
}

export interface Sdk {
  readonly pulumi: typeof pulumi;
  readonly runtime: typeof runtime;
  readonly resource: typeof resource;
  readonly provider: typeof provider;
  readonly callback: typeof callback;
  readonly store: SdkStore;
  readonly promises: OpenPromises;
}

/** Loads the SDK that the program in this folder will get, ours if it brings none (see NODE_PATH in program-process.ts). */
export function loadSdk(directory: string): Sdk {
  const storage = new ProcessStorage();
  // The SDK makes one of its own unless an earlier copy of it did.
  Object.assign(globalThis, { asyncLocalStorage: storage });
  const fromProgram = createRequire(join(directory, "index.js"));
  const fromSdk = createRequire(fromProgram.resolve("@pulumi/pulumi/package.json"));
  understandPlaceholders(fromSdk("./runtime/rpc"), (fromSdk("./output") as { unknown: unknown }).unknown);
  const state = fromSdk("./runtime/state") as { getStore(): SdkStore };
  storage.store = state.getStore();
  // A stack for every resource, so that the CLI can store where it was declared; nobody reads it here.
  Object.assign((fromSdk("./resource") as { Resource: object }).Resource, { callsites: () => [] });
  const promises = new OpenPromises();
  promises.follow(fromSdk("./runtime/debuggable"));
  return {
    pulumi: fromSdk("."),
    runtime: fromSdk("./runtime"),
    resource: fromSdk("./proto/resource_pb"),
    provider: fromSdk("./proto/provider_pb"),
    callback: fromSdk("./proto/callback_pb"),
    store: storage.store,
    promises,
  };
}

/**
 * Where the SDK looks for its state. It follows each chain of promises by itself, for the sake of several programs in
 * one process; before Node 24 that slows down every promise. Here a program has its process to itself, so one state
 * is there for everybody who has not begun another (as automation programs do).
 */
class ProcessStorage extends AsyncLocalStorage<SdkStore> {
  store?: SdkStore;

  override getStore(): SdkStore | undefined {
    return super.getStore() ?? this.store;
  }
}
