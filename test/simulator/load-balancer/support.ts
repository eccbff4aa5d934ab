import assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import * as net from "node:net";
import {
  type Action,
  type Balancer,
  type BalancerOptions,
  createBalancer,
  type HealthCheck,
  type TargetGroupSpec,
} from "../../../simulator/load-balancer";

export interface TestTarget {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Requested paths, without health checks. */
  readonly paths: string[];
  /** Status of `/healthz`. */
  healthStatus: number;
  readonly sockets: Set<Socket>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string;
  readonly agent?: http.Agent;
}

/** Creates load balancers and targets, and closes them after each test. */
export function useStage() {
  const ends: (() => Promise<unknown>)[] = [];
  let nextId = 1;
  afterEach(async () => {
    nextId = 1;
    for (const end of ends.splice(0).reverse()) await end();
  });
  return {
    /** Calls `end` after the test, also after a failure. */
    alsoEnd<End extends () => Promise<unknown>>(end: End): End {
      ends.push(end);
      return end;
    },
    async balancer(options: BalancerOptions = {}): Promise<Balancer> {
      const balancer = await createBalancer(options);
      ends.push(() => balancer.close());
      return balancer;
    },
    /** A server that responds with its id unless `handler` is given. */
    async target(handler?: http.RequestListener, server = http.createServer()): Promise<TestTarget> {
      const id = `i-${nextId++}`;
      const paths: string[] = [];
      server.keepAliveTimeout = 75_000;
      server.headersTimeout = 76_000;
      server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
        if (request.url === "/healthz") {
          response.writeHead(target.healthStatus).end();
          return;
        }
        paths.push(request.url ?? "");
        if (handler === undefined) response.end(id);
        else handler(request, response);
      });
      const target = { id, paths, healthStatus: 200, ...(await listening(server)) };
      ends.push(target.close);
      return target;
    },
    /** A target at the level of sockets, health checks included. */
    async rawTarget(onConnection: (socket: Socket) => void): Promise<TestTarget> {
      const server = net.createServer((socket) => {
        socket.on("error", () => {});
        onConnection(socket);
      });
      const target = { id: `i-${nextId++}`, paths: [], healthStatus: 200, ...(await listening(server)) };
      ends.push(target.close);
      return target;
    },
  };
}

async function listening(server: net.Server) {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
    return closed;
  };
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port, sockets, close };
}

export function groupSpec(arn: string, more: Partial<TargetGroupSpec & HealthCheck> = {}): TargetGroupSpec {
  const { deregistrationDelaySeconds = 5, ...check } = more;
  return {
    arn,
    deregistrationDelaySeconds,
    healthCheck: {
      path: "/healthz",
      intervalSeconds: 0.05,
      timeoutSeconds: 2,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      matcher: "200",
      ...check,
    },
  };
}

export function forwardTo(weights: Readonly<Record<string, number>>, stickySeconds?: number): Action {
  const targets = Object.entries(weights).map(([targetGroupArn, weight]) => ({ targetGroupArn, weight }));
  return { type: "forward", targets, ...(stickySeconds === undefined ? {} : { stickySeconds }) };
}

/** One group with these targets behind the default action, all healthy. */
export async function serve(
  balancer: Balancer,
  arn: string,
  targets: readonly TestTarget[],
  more: Partial<TargetGroupSpec & HealthCheck> = {},
): Promise<void> {
  balancer.putTargetGroup(groupSpec(arn, more));
  balancer.setDefaultAction(forwardTo({ [arn]: 1 }));
  await join(balancer, arn, targets);
}

/** Registers and waits until all are healthy. */
export async function join(balancer: Balancer, arn: string, targets: readonly TestTarget[]): Promise<void> {
  for (const { id, host, port } of targets) balancer.registerTarget(arn, { id, host, port });
  await until(`the targets of ${arn} are healthy`, () =>
    states(balancer, arn).every((state) => state === "healthy"),
  );
}

export function states(balancer: Balancer, arn: string): string[] {
  return balancer.describeTargetHealth(arn).map(({ state }) => state);
}

export function call(
  port: number,
  { method = "GET", path = "/", headers, body, agent }: Call = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: "127.0.0.1",
      port,
      method,
      path,
      headers,
      agent: agent ?? false,
    });
    request.on("error", reject);
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    request.end(body);
  });
}

/** Resolves with all received bytes when the other side closes. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.write(text));
    let received = "";
    socket.setTimeout(10_000, () =>
      socket.destroy(new Error(`nothing more after ${JSON.stringify(received)}`)),
    );
    socket.on("data", (chunk) => {
      received += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(received));
  });
}

export async function until(what: string, condition: () => boolean, limitMs = 10_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!condition()) {
    assert.ok(Date.now() < end, `not within ${limitMs} ms: ${what}`);
    await pause(5);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
