import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { createBalancer } from "../simulator/load-balancer";

async function serve(bodyBytes: number): Promise<number> {
  const body = "x".repeat(bodyBytes);
  const server = http.createServer((_request, response) => response.end(body));
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

const [, , role, targetPort, bodyBytes] = process.argv;
process.on("disconnect", () => process.exit());
const listening = role === "server" ? serve(Number(bodyBytes)) : balance(Number(targetPort));
void listening.then((port) => process.send?.(port));
