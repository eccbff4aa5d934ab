import type { LostNode } from "../../simulator/load-balancer/types";
import { balancerOf } from "./stage/balancer-of";
import type { Fault } from "./stage/fault";

interface NodeLoss extends LostNode {
  /** Failed requests in the seconds after the fault. */
  readonly failed: number;
}

export const loadBalancerNodeLost: Fault<NodeLoss> = {
  name: "load-balancer-node-lost",
  summary:
    "One of the two nodes of the public load balancer fails: half of the client connections are reset.",
  tolerates:
    "What was in progress on these connections: a request, an upload, or a WebSocket with its last message.",
  tolerated: { failedShare: 0.2, failureSeconds: 5, cutShare: 0.6 },
  expected:
    "At most two failures for each reset connection (a WebSocket and its message), and new connections succeed at once.",
  noticedBy: [],
  recoversWithinSeconds: 10,
  onAws:
    "Clients that still have the failed node's address wait for their connect limit until it has left DNS (60 s); here " +
    "new connections reach the other node at once.",
  stack: "real time",
  inject: async (stage) => {
    const before = stage.load.snapshot().requests.failed;
    const edge = balancerOf(stage, "web");
    stage.begin();
    const lost = edge.dropNode();
    await stage.sleep(3_000);
    return { ...lost, failed: stage.load.snapshot().requests.failed - before };
  },
  actual: ({ connections, requests, failed }) =>
    `${connections} connections were reset, with ${requests} requests in progress; ${failed} requests failed.`,
  problems: ({ connections, failed }) => [
    ...(connections === 0 ? ["At least one connection must be reset, got none."] : []),
    ...(failed > 2 * connections
      ? [`${failed} requests failed, more than two for each of the ${connections} reset connections.`]
      : []),
  ],
};
