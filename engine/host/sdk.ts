import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import type * as callback from "@pulumi/pulumi/proto/callback_pb";
import type * as provider from "@pulumi/pulumi/proto/provider_pb";
import type * as resource from "@pulumi/pulumi/proto/resource_pb";
import type * as runtime from "@pulumi/pulumi/runtime";

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
}

/** Loads the SDK that the program in this folder will get, ours if it brings none (see NODE_PATH in program.ts). */
export function loadSdk(directory: string): Sdk {
  const storage = new ProcessStorage();
  // The SDK makes one of its own unless an earlier copy of it did.
  Object.assign(globalThis, { asyncLocalStorage: storage });
  const fromProgram = createRequire(join(directory, "index.js"));
  const fromSdk = createRequire(fromProgram.resolve("@pulumi/pulumi/package.json"));
  understandPlaceholders(fromSdk("./runtime/rpc"), (fromSdk("./output") as { unknown: unknown }).unknown);
  takeFewerStacks(fromSdk("./runtime/debuggable"));
  const state = fromSdk("./runtime/state") as { getStore(): SdkStore };
  storage.store = state.getStore();
  return {
    pulumi: fromSdk("."),
    runtime: fromSdk("./runtime"),
    resource: fromSdk("./proto/resource_pb"),
    provider: fromSdk("./proto/provider_pb"),
    callback: fromSdk("./proto/callback_pb"),
    store: storage.store,
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

interface Debuggable {
  debuggablePromise<T>(promise: Promise<T>, context?: unknown): Promise<T>;
  readonly debugPromiseLeaks: boolean;
}

/** The SDK writes down a stack for every promise, should it leak; in a large program that costs half of the time. */
function takeFewerStacks(debuggable: Debuggable): void {
  const { debuggablePromise, debugPromiseLeaks } = debuggable;
  if (debugPromiseLeaks) return;
  debuggable.debuggablePromise = (promise, context) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}
