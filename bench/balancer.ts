import type { ChildProcess } from "node:child_process";
import * as http from "node:http";
import { forkSource } from "./fork-source";

const CONNECTIONS = 64;
const ROUNDS = 5;
const ROUND_MS = 1500;
const BODY_BYTES = 1024;

/**
 * Measures requests per second on a direct connection to a server, and through the simulator's load balancer.
 *
 * The two measurements alternate, because the machine's speed changes from minute to minute. Server, load balancer
 * and load generator run in separate processes, as in a rehearsal.
 */
export async function benchBalancer() {
  const children: ChildProcess[] = [];
  try {
    const serverPort = await start("server", 0, children);
    const balancerPort = await start("balancer", serverPort, children);
    await measure(serverPort, ROUND_MS);
    await measure(balancerPort, ROUND_MS);
    const direct: number[] = [];
    const through: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      direct.push(await measure(serverPort, ROUND_MS));
      through.push(await measure(balancerPort, ROUND_MS));
    }
    const [directMedian, throughMedian] = [median(direct), median(through)];
    return {
      connections: CONNECTIONS,
      bodyBytes: BODY_BYTES,
      directRequestsPerSecond: Math.round(directMedian),
      balancerRequestsPerSecond: Math.round(throughMedian),
      ratio: Number((throughMedian / directMedian).toFixed(3)),
    };
  } finally {
    for (const child of children) child.kill();
  }
}

/** Starts the process and resolves with the port on which it listens. */
function start(role: "server" | "balancer", targetPort: number, children: ChildProcess[]): Promise<number> {
  const child = forkSource("balancer-process.ts", role, String(targetPort), String(BODY_BYTES));
  children.push(child);
  return new Promise((resolve, reject) => {
    child.once("message", (port) => resolve(Number(port)));
    child.once("exit", (code) => reject(new Error(`The ${role} ended with ${code} before it listened.`)));
  });
}

/**
 * Measures requests per second over a fixed number of connections. Each connection sends its next request when the
 * previous one is answered.
 */
async function measure(port: number, forMs: number): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const startedAt = performance.now();
  let answers = 0;
  const connection = async () => {
    while (performance.now() - startedAt < forMs) {
      await get(port, agent);
      answers++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  const perSecond = (answers * 1000) / (performance.now() - startedAt);
  agent.destroy();
  return perSecond;
}

function get(port: number, agent: http.Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port, agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`got status ${response.statusCode}`));
      response.resume();
      response.on("end", resolve);
    });
    request.on("error", reject);
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
