import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { GetSchemaRequest } from "@pulumi/pulumi/proto/provider_pb";
import { ROOT } from "./consumer";

const LIMIT_MS = 120_000;

/** Starts a component package in a process of its own, as Pulumi does, and reads its schema over gRPC. */
export async function servedSchema(directory: string): Promise<string> {
  const runner = join(ROOT, "node_modules", "@pulumi", "pulumi", "cmd", "run-plugin");
  // The second argument is the engine's address, which is first used when something is constructed.
  const plugin = spawn(process.execPath, [runner, directory, "127.0.0.1:1"], {
    cwd: directory,
    stdio: ["ignore", "pipe", "inherit"],
    timeout: LIMIT_MS,
  });
  try {
    return await schemaAt(await portOf(plugin));
  } finally {
    const ended = once(plugin, "exit");
    if (plugin.kill("SIGKILL")) await ended;
  }
}

async function portOf(plugin: ChildProcess): Promise<number> {
  if (plugin.stdout === null) throw new Error("The plugin has no output.");
  const exited = once(plugin, "exit").then(([code]) => {
    throw new Error(`The plugin ended with ${code} before it said its port.`);
  });
  const [line] = await Promise.race([once(plugin.stdout, "data"), exited]);
  return Number(String(line).trim());
}

function schemaAt(port: number): Promise<string> {
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  return new Promise<string>((resolve, reject) => {
    const deadline = Date.now() + LIMIT_MS;
    client.getSchema(new GetSchemaRequest(), { deadline } as never, (error, response) => {
      if (error) reject(error);
      else resolve(response.getSchema());
    });
  }).finally(() => client.close());
}
