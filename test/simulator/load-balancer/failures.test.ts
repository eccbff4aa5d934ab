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

describe("failures through the balancer", () => {
  const stage = useStage();

  /** One target whose health does not matter, because the group fails open. */
  async function behind(target: TestTarget) {
    const balancer = await stage.balancer();
    balancer.putTargetGroup(groupSpec("g", { intervalSeconds: 300 }));
    balancer.setDefaultAction(forwardTo({ g: 1 }));
    balancer.registerTarget("g", { id: target.id, host: target.host, port: target.port });
    return balancer;
  }

  it("502 when the target refuses", async () => {
    const target = await stage.target();
    const balancer = await behind(target);
    await target.close();
    assert.equal((await call(balancer.port)).status, 502);
    const { requests, balancer5xx, inFlight } = balancer.counters("g");
    assert.deepEqual({ requests, balancer5xx, inFlight }, { requests: 1, balancer5xx: 1, inFlight: 0 });
  });

  it("502 for an upload nobody takes, and the client can go on with its connection", async () => {
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

  it("502 when the target resets or closes with a request outstanding", async () => {
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

  it("502 when what the target says is no HTTP, or its head is longer than 32 KiB", async () => {
    for (const answer of ["nonsense\r\n\r\n", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(40_000)}\r\n\r\n`]) {
      const target = await stage.rawTarget((socket) => socket.on("data", () => socket.end(answer)));
      const balancer = await behind(target);
      assert.equal((await call(balancer.port)).status, 502);
    }
  });

  it("502, and no second try, when the target closes a kept connection just as a request comes", async () => {
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
    // The same connection, although the target said that it keeps it for no more than a second.
    assert.equal((await call(balancer.port)).status, 502);
    assert.equal(requests, 2);
  });

  it("a broken answer when the target breaks off in the middle, and it is counted", async () => {
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

  it("504 when no answer comes within the idle timeout", async () => {
    const balancer = await behind(await stage.target(() => {}));
    balancer.setIdleTimeout(1);
    assert.equal((await call(balancer.port)).status, 504);
    assert.equal(balancer.counters("g").balancer5xx, 1);
  });

  it("408 when the client owes the rest of its body for the idle timeout, which is no fault of the group", async () => {
    const balancer = await behind(await stage.target((request) => request.resume()));
    balancer.setIdleTimeout(1);
    const answer = await sendRaw(
      balancer.port,
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf",
    );
    assert.match(answer, /^HTTP\/1.1 408 /);
    assert.equal(balancer.counters("g").balancer5xx, 0);
  });

  it("460 is counted when the client leaves, and the target learns of it", async () => {
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

  it("400 and 414 for heads above AWS's limits, 400 for what is no HTTP; the target sees none of them", async () => {
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

  it("a redirect or an error of the target is the target's, not the balancer's", async () => {
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

describe("idle connections of the balancer", () => {
  const stage = useStage();

  it("to a target are used again, and closed after the idle timeout", async () => {
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

  it("to a client are kept, without a hint how long, and closed after the idle timeout", async () => {
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
