import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { UpdateFailedError } from "../../../engine/deploy/engine";
import { StackLockedError } from "../../../engine/deploy/stack-locked";
import { EngineInputError, ProgramError } from "../../../engine/program/program-error";
import type { ReleaseTools } from "../../../operate/release/run-release";

export type StackTools = Pick<ReleaseTools, "engine" | "readRule">;

export interface ServedStack {
  readonly url: string;
  /** Aborts a running update when its caller is gone. Otherwise the update continues, like an orphaned one. */
  abortsWithCaller: boolean;
  idle(): Promise<void>;
  close(): Promise<void>;
}

const ERRORS: Readonly<Record<string, (message: string) => Error>> = {
  StackLockedError: () => new StackLockedError(),
  EngineInputError: (message) => new EngineInputError(message),
  ProgramError: (message) => new ProgramError(message),
  UpdateFailedError: (message) => new UpdateFailedError(message, []),
};

/** Serves a stack of this process to a release in another process. */
export async function serveStack(tools: StackTools): Promise<ServedStack> {
  const running = new Set<Promise<unknown>>();
  const answer = (path: string, body: Record<string, unknown>, signal: AbortSignal): Promise<unknown> => {
    const config = body.config as Record<string, string> | undefined;
    switch (path) {
      case "/outputs":
        return tools.engine.outputs();
      case "/preview":
        return tools.engine.preview({ config });
      case "/up":
        return tools.engine.up({ config, signal });
      case "/config":
        return tools.engine.setConfig(String(body.key), String(body.value));
      default:
        return tools.readRule(body.control as Parameters<StackTools["readRule"]>[0]);
    }
  };
  const served = { abortsWithCaller: false };
  const server = createServer(async (request, response) => {
    const controller = new AbortController();
    response.on("close", () => {
      if (!response.writableFinished && served.abortsWithCaller) controller.abort();
    });
    const body = JSON.parse((await textOf(request)) || "{}");
    const work = answer(request.url ?? "", body, controller.signal);
    if (request.url === "/up") running.add(work);
    try {
      response.end(JSON.stringify({ value: (await work) ?? null }));
    } catch (error) {
      const { name, message } = error as Error;
      const kind = error instanceof StackLockedError ? "StackLockedError" : name;
      response.end(JSON.stringify({ error: { name: kind, message } }));
    } finally {
      running.delete(work);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(served, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    idle: async () => void (await Promise.allSettled([...running])),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

export function remoteStack(url: string): StackTools {
  const call = async <Value>(path: string, body: Record<string, unknown> = {}): Promise<Value> => {
    const response = await fetch(url + path, { method: "POST", body: JSON.stringify(body) });
    const { value, error } = (await response.json()) as {
      value: Value;
      error?: { name: string; message: string };
    };
    if (error !== undefined) throw (ERRORS[error.name] ?? ((text) => new Error(text)))(error.message);
    return value;
  };
  return {
    engine: {
      outputs: () => call("/outputs"),
      preview: ({ config } = {}) => call("/preview", { config }),
      up: ({ config } = {}) => call("/up", { config }),
      setConfig: (key, value) => call("/config", { key, value }),
    },
    readRule: (control) => call("/rule", { control }),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
