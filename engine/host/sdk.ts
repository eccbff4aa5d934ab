import type { AsyncLocalStorage } from "node:async_hooks";
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
  /** Runs within the store, where the SDK also takes its engine client from. */
  readonly storage: AsyncLocalStorage<SdkStore>;
}

/** Loads the SDK that the program in this folder will get, ours if it brings none (see NODE_PATH in program.ts). */
export function loadSdk(directory: string): Sdk {
  const fromProgram = createRequire(join(directory, "index.js"));
  const fromSdk = createRequire(fromProgram.resolve("@pulumi/pulumi/package.json"));
  understandPlaceholders(fromSdk("./runtime/rpc"), (fromSdk("./output") as { unknown: unknown }).unknown);
  takeFewerStacks(fromSdk("./runtime/debuggable"));
  const state = fromSdk("./runtime/state") as { getStore(): SdkStore };
  return {
    pulumi: fromSdk("."),
    runtime: fromSdk("./runtime"),
    resource: fromSdk("./proto/resource_pb"),
    provider: fromSdk("./proto/provider_pb"),
    callback: fromSdk("./proto/callback_pb"),
    store: state.getStore(),
    storage: (globalThis as unknown as { asyncLocalStorage: AsyncLocalStorage<SdkStore> }).asyncLocalStorage,
  };
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
