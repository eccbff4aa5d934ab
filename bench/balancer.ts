/**
 * What the load balancer of the rehearsal costs: requests per second straight to a server and through the balancer,
 * in turns within one run, as the machine's speed changes from minute to minute. Prints JSON.
 * Server, balancer and load each have a process of their own, as in a rehearsal.
 */
import { type ChildProcess, fork } from "node:child_process";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { createBalancer } from "../simulator/load-balancer";

const CONNECTIONS = 64;
const ROUNDS = 5;
const ROUND_MS = 1500;
const BODY = "x".repeat(1024);

type Role = "server" | "balancer";

async function main(): Promise<void> {
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
    console.log(
      JSON.stringify({
        connections: CONNECTIONS,
        bodyBytes: BODY.length,
        directRequestsPerSecond: Math.round(directMedian),
        balancerRequestsPerSecond: Math.round(throughMedian),
        ratio: Number((throughMedian / directMedian).toFixed(3)),
      }),
    );
  } finally {
    for (const child of children) child.kill();
  }
}

/** Starts this file in a process of its own and resolves with the port that it listens on. */
function start(role: Role, targetPort: number, children: ChildProcess[]): Promise<number> {
  const child = fork(__filename, [role, String(targetPort)]);
  children.push(child);
  return new Promise((resolve, reject) => {
    child.once("message", (port) => resolve(Number(port)));
    child.once("exit", (code) => reject(new Error(`the ${role} ended with ${code} before it listened`)));
  });
}

/** Requests per second over a fixed number of connections, each sending when its last answer is there. */
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

async function serve(): Promise<number> {
  const server = http.createServer((_request, response) => response.end(BODY));
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function balance(targetPort: number): Promise<number> {
  const balancer = await createBalancer();
  const healthCheck = {
    path: "/",
    intervalSeconds: 5,
    timeoutSeconds: 2,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
    matcher: "200",
  };
  for (const arn of ["blue", "green"]) {
    balancer.putTargetGroup({ arn, deregistrationDelaySeconds: 5, healthCheck });
    balancer.registerTarget(arn, { id: `i-${arn}`, host: "127.0.0.1", port: targetPort });
  }
  const targets = ["blue", "green"].map((targetGroupArn) => ({ targetGroupArn, weight: 50 }));
  const header = { type: "http-header" as const, name: "x-changeover-color", values: ["blue"] };
  const all = { type: "path-pattern" as const, values: ["/*"] };
  balancer.putRule({ arn: "blue", priority: 10, conditions: [header], action: { type: "forward", targets } });
  balancer.putRule({ arn: "all", priority: 100, conditions: [all], action: { type: "forward", targets } });
  return balancer.port;
}

async function role(name: Role, targetPort: number): Promise<void> {
  // The measuring process is gone: so is the reason to run.
  process.on("disconnect", () => process.exit());
  process.send?.(name === "server" ? await serve() : await balance(targetPort));
}

const [, , name, targetPort] = process.argv;
const run = name === "server" || name === "balancer" ? role(name, Number(targetPort)) : main();
run.catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
