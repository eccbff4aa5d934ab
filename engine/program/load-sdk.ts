import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import type * as callback from "@pulumi/pulumi/proto/callback_pb";
import type * as provider from "@pulumi/pulumi/proto/provider_pb";
import type * as resource from "@pulumi/pulumi/proto/resource_pb";
import type * as runtime from "@pulumi/pulumi/runtime";
import { OpenPromises } from "./open-promises";
import { supportPlaceholders } from "./placeholder";

export interface SdkStore {
  settings: { engine?: unknown; options: { rootDirectory?: string } };
  /** The server that runs the program's transforms; undefined if there are none. */
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

/**
 * Loads the SDK that the program in this folder imports, or the SDK of this repository if the program has none (see
 * NODE_PATH in program-process.ts).
 */
export function loadSdk(directory: string): Sdk {
  const storage = new ProcessStorage();
  Object.assign(globalThis, { asyncLocalStorage: storage });
  const fromProgram = createRequire(join(directory, "index.js"));
  const fromSdk = createRequire(fromProgram.resolve("@pulumi/pulumi/package.json"));
  supportPlaceholders(fromSdk("./runtime/rpc"), (fromSdk("./output") as { unknown: unknown }).unknown);
  const state = fromSdk("./runtime/state") as { getStore(): SdkStore };
  storage.store = state.getStore();
  // The SDK records a stack trace for every resource, and only the CLI reads it.
  Object.assign((fromSdk("./resource") as { Resource: object }).Resource, { callsites: () => [] });
  const promises = new OpenPromises();
  promises.follow(fromSdk("./runtime/debuggable"));
  // The engine shows no debug messages, and the SDK makes several promises for each.
  Object.assign(fromSdk("./log") as object, { debug: () => Promise.resolve() });
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
 * Holds the SDK's state once for the whole process.
 *
 * The SDK stores it per asynchronous context to allow several programs in one process, which slows down every promise
 * before Node.js 24. State that the program itself sets, as automation programs do, takes precedence.
 */
class ProcessStorage extends AsyncLocalStorage<SdkStore> {
  store?: SdkStore;

  override getStore(): SdkStore | undefined {
    return super.getStore() ?? this.store;
  }
}
