import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as http from "node:http";
import * as net from "node:net";
import fc from "fast-check";
import { call, pause, sendRaw, serve, until, useStage } from "./support";

describe("simulator: load balancer, streaming", () => {
  const stage = useStage();

  it("streaming: the target receives the first part of an upload before the last is sent", async () => {
    const parts: string[] = [];
    const target = await stage.target((request, response) => {
      request.on("data", (chunk) => parts.push(String(chunk)));
      request.on("end", () => response.end("done"));
    });
    const balancer = await stage.balancer();
    await serve(balancer, "g", [target]);
    // Longer than the idle timeout, which limits only silence.
    balancer.setIdleTimeout(1);
    const answer = new Promise<number | undefined>((resolve, reject) => {
      const upload = http.request({ host: "127.0.0.1", port: balancer.port, method: "POST" }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      upload.on("error", reject);
      upload.flushHeaders();
      void (async () => {
        await until("the target knows of the upload", () => target.paths.length === 1);
        for (let n = 0; n < 5; n++) {
          upload.write(`part ${n}`);
          await until(`part ${n} is there`, () => parts.length === n + 1);
          await pause(300);
        }
        upload.end();
      })().catch(reject);
    });
    assert.equal(await answer, 200);
  });

  it("streaming: the client receives the first part of a response before the last is sent", async () => {
    let answer: http.ServerResponse | undefined;
    const target = await stage.target((_request, response) => {
      response.flushHeaders();
      answer = response;
    });
    const balancer = await stage.balancer();
    await serve(balancer, "g", [target]);
    const events: string[] = [];
    await new Promise<void>((resolve, reject) => {
      http
        .get({ host: "127.0.0.1", port: balancer.port }, (response) => {
          events.push("head");
          answer?.write("first");
          response.on("data", (chunk) => {
            events.push(String(chunk));
            if (String(chunk) === "first") answer?.end("last");
          });
          response.on("end", resolve);
        })
        .on("error", reject);
    });
    assert.deepEqual(events, ["head", "first", "last"]);
  });

  it("streaming: a client that does not read slows the target down", async () => {
    const chunk = Buffer.alloc(64 * 1024);
    const total = 2000 * chunk.length;
    let taken = 0;
    const target = await stage.target((_request, response) => {
      const write = () => {
        while (taken < total) {
          taken += chunk.length;
          if (!response.write(chunk)) {
            response.once("drain", write);
            return;
          }
        }
        response.end();
      };
      write();
    });
    const balancer = await stage.balancer();
    await serve(balancer, "g", [target]);
    const client = net.connect(balancer.port, "127.0.0.1");
    client.on("error", () => {});
    client.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    client.pause();
    await pause(500);
    assert.ok(taken > 0 && taken < total / 2, `the target could write ${taken} of ${total} bytes`);
    let received = 0;
    client.on("data", (data) => {
      received += data.length;
    });
    client.resume();
    await until("all received", () => received > total);
  });

  it("streaming: bodies of any size and framing arrive unchanged", async () => {
    const target = await stage.target((request, response) => {
      const { "content-length": length } = request.headers;
      if (length !== undefined) response.setHeader("content-length", length);
      request.pipe(response);
    });
    const balancer = await stage.balancer();
    await serve(balancer, "g", [target]);
    const agent = new http.Agent({ keepAlive: true });
    const echo = (method: string, parts: readonly Uint8Array[], chunked: boolean) =>
      new Promise<string>((resolve, reject) => {
        const length = parts.reduce((sum, part) => sum + part.length, 0);
        const headers = chunked ? { "transfer-encoding": "chunked" } : { "content-length": length };
        const request = http.request(
          { port: balancer.port, host: "127.0.0.1", method, headers, agent },
          (response) => {
            const hash = createHash("sha256");
            response.on("data", (data) => hash.update(data));
            response.on("end", () => resolve(hash.digest("hex")));
            response.on("error", reject);
          },
        );
        request.on("error", reject);
        for (const part of parts) request.write(part);
        request.end();
      });
    const parts = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("POST", "PUT", "DELETE"),
        parts,
        fc.boolean(),
        async (method, sent, chunked) => {
          const expected = createHash("sha256");
          for (const part of sent) expected.update(part);
          assert.equal(await echo(method, sent, chunked), expected.digest("hex"));
        },
      ),
      { numRuns: 60 },
    );
    agent.destroy();
    assert.equal(balancer.counters("g").balancer5xx, 0);
  });

  it("streaming: the load balancer answers Expect with 100 Continue itself", async () => {
    let expectation: string | undefined = "none came";
    const target = await stage.target((request, response) => {
      expectation = request.headers.expect;
      request.pipe(response);
    });
    const balancer = await stage.balancer();
    await serve(balancer, "g", [target]);
    const socket = net.connect(balancer.port, "127.0.0.1");
    let received = "";
    socket.on("data", (data) => {
      received += data;
    });
    socket.write(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
    );
    await until("100", () => received.startsWith("HTTP/1.1 100 Continue\r\n\r\n"));
    socket.write("hello");
    await until("the answer", () => received.endsWith("hello\r\n0\r\n\r\n"));
    socket.destroy();
    assert.equal(expectation, undefined);
  });

  it("streaming: HEAD has no body, and an HTTP/1.0 response ends with the connection", async () => {
    const target = await stage.target((_request, response) => {
      response.write("no ");
      response.end("length");
    });
    const balancer = await stage.balancer();
    await serve(balancer, "g", [target]);
    assert.equal((await call(balancer.port, { method: "HEAD" })).body, "");
    const old = await sendRaw(balancer.port, "GET / HTTP/1.0\r\nHost: h\r\n\r\n");
    assert.match(old, /\r\n\r\nno length$/);
  });

  it("streaming: an upload that the target does not read leaves the next request intact", async () => {
    const target = await stage.target((_request, response) => {
      response.writeHead(413, { connection: "close" }).end("too much");
    });
    const balancer = await stage.balancer();
    await serve(balancer, "g", [target]);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const body = "x".repeat(100_000);
    for (let n = 0; n < 3; n++) {
      assert.equal((await call(balancer.port, { method: "POST", body, agent })).status, 413);
    }
    agent.destroy();
  });

  it("streaming: the target receives the X-Forwarded headers", async () => {
    const target = await stage.target((request, response) => response.end(JSON.stringify(request.headers)));
    const balancer = await stage.balancer();
    await serve(balancer, "g", [target]);
    const { body } = await call(balancer.port, {
      headers: { host: "x.example", "x-forwarded-for": "10.0.0.1" },
    });
    const headers = JSON.parse(body);
    assert.equal(headers.host, "x.example");
    assert.equal(headers["x-forwarded-for"], "10.0.0.1, 127.0.0.1");
    assert.equal(headers["x-forwarded-proto"], "http");
    assert.equal(headers["x-forwarded-port"], String(balancer.port));
    assert.match(headers["x-amzn-trace-id"], /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  });
});
