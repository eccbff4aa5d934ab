import assert from "node:assert/strict";
import * as http from "node:http";
import * as net from "node:net";
import {
  call,
  forwardTo,
  groupSpec,
  pause,
  sendRaw,
  serve,
  type TestTarget,
  until,
  useStage,
} from "./support";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nkeep-alive: timeout=1\r\n\r\nok";

describe("simulator: load balancer, failures", () => {
  const stage = useStage();

  /** The group fails open, so the health of its target does not matter. */
  async function behind(target: TestTarget) {
    const balancer = await stage.balancer();
    balancer.putTargetGroup(groupSpec("g", { intervalSeconds: 300 }));
    balancer.setDefaultAction(forwardTo({ g: 1 }));
    balancer.registerTarget("g", { id: target.id, host: target.host, port: target.port });
    return balancer;
  }

  it("load balancer: answers 502 when the target refuses the connection", async () => {
    const target = await stage.target();
    const balancer = await behind(target);
    await target.close();
    assert.equal((await call(balancer.port)).status, 502);
    const { requests, balancer5xx, inFlight } = balancer.counters("g");
    assert.deepEqual({ requests, balancer5xx, inFlight }, { requests: 1, balancer5xx: 1, inFlight: 0 });
  });

  it("load balancer: answers 502 for an upload to a closed target, and the client connection stays usable", async () => {
    const target = await stage.target();
    const balancer = await behind(target);
    await target.close();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const body = "x".repeat(2_000_000);
    for (let n = 0; n < 3; n++) {
      assert.equal((await call(balancer.port, { method: "POST", body, agent })).status, 502);
    }
    agent.destroy();
  });

  it("load balancer: answers 502 when the target resets or closes during a request", async () => {
    for (const end of [
      (socket: net.Socket) => socket.resetAndDestroy(),
      (socket: net.Socket) => socket.end(),
    ]) {
      const target = await stage.rawTarget((socket) => socket.on("data", () => end(socket)));
      const balancer = await behind(target);
      assert.equal((await call(balancer.port)).status, 502);
      assert.equal(balancer.counters("g").balancer5xx, 1);
    }
  });

  it("load balancer: answers 502 for a target response that is not HTTP or has a head above 32 KiB", async () => {
    for (const answer of ["nonsense\r\n\r\n", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(40_000)}\r\n\r\n`]) {
      const target = await stage.rawTarget((socket) => socket.on("data", () => socket.end(answer)));
      const balancer = await behind(target);
      assert.equal((await call(balancer.port)).status, 502);
    }
  });

  it("load balancer: answers 502 without a retry when the target closes a reused connection", async () => {
    let requests = 0;
    const target = await stage.rawTarget((socket) => {
      let own = 0;
      socket.on("data", (data) => {
        if (data.includes("/healthz")) return socket.end(OK);
        requests++;
        if (++own === 1) socket.write(OK);
        else socket.destroy();
      });
    });
    const balancer = await behind(target);
    assert.equal((await call(balancer.port)).body, "ok");
    // Reused, although the target announced a keep-alive of one second.
    assert.equal((await call(balancer.port)).status, 502);
    assert.equal(requests, 2);
  });

  it("load balancer: cuts the response when the target breaks off, and counts it", async () => {
    const target = await stage.target((_request, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("some");
      setTimeout(() => response.destroy(), 20);
    });
    const balancer = await behind(target);
    await assert.rejects(call(balancer.port));
    await until("over", () => balancer.counters("g").inFlight === 0);
    const { target2xx, balancer5xx, cutResponses, clientClosed } = balancer.counters("g");
    assert.deepEqual(
      { target2xx, balancer5xx, cutResponses, clientClosed },
      { target2xx: 1, balancer5xx: 0, cutResponses: 1, clientClosed: 0 },
    );
  });

  it("load balancer: answers 504 when the target is silent for the idle timeout", async () => {
    const balancer = await behind(await stage.target(() => {}));
    balancer.setIdleTimeout(1);
    assert.equal((await call(balancer.port)).status, 504);
    assert.equal(balancer.counters("g").balancer5xx, 1);
  });

  it("load balancer: answers 408 when the client is silent for the idle timeout", async () => {
    const balancer = await behind(await stage.target((request) => request.resume()));
    balancer.setIdleTimeout(1);
    const answer = await sendRaw(
      balancer.port,
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf",
    );
    assert.match(answer, /^HTTP\/1.1 408 /);
    assert.equal(balancer.counters("g").balancer5xx, 0);
  });

  it("load balancer: counts 460 when the client leaves, and closes the target request", async () => {
    let left = false;
    const target = await stage.target((request) => {
      request.on("close", () => {
        left = true;
      });
    });
    const balancer = await behind(target);
    const request = http.get({ host: "127.0.0.1", port: balancer.port });
    request.on("error", () => {});
    await until("under way", () => target.paths.length === 1);
    request.destroy();
    await until("the target knows", () => left);
    await until("over", () => balancer.counters("g").inFlight === 0);
    const { clientClosed, balancer5xx } = balancer.counters("g");
    assert.deepEqual({ clientClosed, balancer5xx }, { clientClosed: 1, balancer5xx: 0 });
  });

  it("load balancer: answers 400 or 414 for invalid heads and heads above AWS's limits", async () => {
    const target = await stage.target();
    const balancer = await stage.balancer();
    await serve(balancer, "g", [target]);
    const get = (path: string, header: string) =>
      sendRaw(balancer.port, `GET ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${header}\r\n`);
    assert.match(await get("/", `x: ${"y".repeat(15_000)}\r\n`), /^HTTP\/1.1 200 /);
    assert.match(await get("/", `x: ${"y".repeat(17_000)}\r\n`), /^HTTP\/1.1 400 /);
    assert.match(await get(`/${"y".repeat(17_000)}`, ""), /^HTTP\/1.1 414 /);
    assert.match(await get("/", `x: ${"y".repeat(15_000)}\r\n`.repeat(5)), /^HTTP\/1.1 400 /);
    assert.match(await sendRaw(balancer.port, "nonsense\r\n\r\n"), /^HTTP\/1.1 400 /);
    assert.equal(target.paths.length, 1);
  });

  it("load balancer: passes redirects and errors of the target through", async () => {
    const balancer = await behind(
      await stage.target((request, response) => {
        response.writeHead(Number(request.url?.slice(1)), { location: "/x" }).end();
      }),
    );
    for (const status of [200, 204, 302, 404, 500, 503]) {
      assert.equal((await call(balancer.port, { path: `/${status}` })).status, status);
    }
    const { target2xx, target3xx, target4xx, target5xx, balancer5xx, recentResponseMs } =
      balancer.counters("g");
    assert.deepEqual([target2xx, target3xx, target4xx, target5xx, balancer5xx], [2, 1, 1, 2, 0]);
    assert.equal(recentResponseMs.length, 6);
    assert.ok(recentResponseMs.every(({ at, ms }) => at <= Date.now() && ms >= 0));
  });
});

describe("simulator: load balancer, idle connections", () => {
  const stage = useStage();

  it("load balancer: reuses idle target connections, and closes them after the idle timeout", async () => {
    const balancer = await stage.balancer();
    const target = await stage.target();
    await serve(balancer, "g", [target], { intervalSeconds: 300 });
    balancer.setIdleTimeout(1);
    await call(balancer.port);
    const [kept] = target.sockets;
    await call(balancer.port);
    assert.deepEqual([...target.sockets], [kept]);
    await until("closed", () => target.sockets.size === 0, 5000);
  });

  it("load balancer: keeps idle client connections without a Keep-Alive header until the idle timeout", async () => {
    const balancer = await stage.balancer();
    await serve(balancer, "g", [await stage.target()]);
    balancer.setIdleTimeout(1);
    const socket = net.connect(balancer.port, "127.0.0.1");
    let received = "";
    let closed = false;
    socket.on("data", (chunk) => {
      received += chunk;
    });
    socket.on("close", () => {
      closed = true;
    });
    for (const answers of [1, 2]) {
      socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      await until("an answer", () => received.split("HTTP/1.1 200").length === answers + 1);
    }
    assert.doesNotMatch(received, /keep-alive:/i);
    assert.equal(closed, false);
    await until("closed", () => closed, 5000);
    await pause(0);
  });
});
