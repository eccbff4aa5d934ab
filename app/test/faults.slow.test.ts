import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { User } from "./support/client";
import { runToEnd } from "./support/instance";
import { useSystem } from "./support/system";
import { until } from "./support/until";

describe("database outage", function () {
  this.timeout(60_000);
  const its = useSystem("1.0.0");

  it("of two seconds: no request fails, no record is lost or stored twice", async () => {
    const { web } = await its.system.startColor("1.0.0", "blue");
    const user = await its.system.user(web, "ann");
    let running = true;
    const failed: unknown[] = [];
    const ids: string[] = [];
    const work = async (worker: number) => {
      for (let i = 0; running; i++) {
        const note = `${worker}/${i}`;
        const { status, body } = await user.post("/records", { patientName: "Ada Lovelace", note });
        if (status !== 201) failed.push([status, body]);
        else ids.push(body.id);
        const read = await user.get(`/records/${body.id}`);
        if (read.body?.note !== note) failed.push([note, read.status, read.body]);
        await sleep(5);
      }
    };
    const workers = [0, 1, 2, 3, 4, 5, 6, 7].map(work);
    await until(() => ids.length > 50);
    const before = ids.length;
    // A crash as in a failover, then a closed port.
    process.kill(its.system.postgres.pid, "SIGQUIT");
    await sleep(1_500);
    await its.system.postgres.restart();
    await until(() => ids.length > before + 100);
    running = false;
    await Promise.all(workers);
    assert.deepEqual(failed, []);
    const [stored] = await its.system.sql(
      "select count(*)::int as count, count(distinct note)::int as notes from records where user_name = 'ann'",
    );
    assert.deepEqual(stored, { count: ids.length, notes: ids.length });
  });

  it("gives 503 with the reason in /readyz within the limits, and 200 after it; /healthz stays 200", async () => {
    const app = await its.system.startApp("1.0.0", "green");
    const user = new User(app.url);
    assert.equal((await user.get("/readyz")).status, 200);
    const backends = await its.system.sql("select pid from pg_stat_activity where usename = 'app'");
    const frozen = [its.system.postgres.pid, ...backends.map(({ pid }) => Number(pid))];
    for (const pid of frozen) process.kill(pid, "SIGSTOP");
    try {
      const startedAt = performance.now();
      const [health, readiness, login, version] = await Promise.all([
        user.get("/healthz"),
        user.get("/readyz"),
        user.post("/login", { user: "bob" }),
        user.get("/version"),
      ]);
      assert.deepEqual([health.status, health.body.status], [200, "ok"]);
      assert.deepEqual(
        [readiness.status, readiness.body.status],
        [503, "the database did not answer within 2 s"],
      );
      assert.equal(login.status, 503);
      assert.match(login.body.error, /database does not answer/);
      assert.equal(version.status, 200);
      assert.ok(performance.now() - startedAt < 14_000);
    } finally {
      for (const pid of frozen) process.kill(pid, "SIGCONT");
    }
    await until(async () => (await user.get("/readyz")).status === 200);
    assert.equal((await user.post("/login", { user: "bob" })).status, 200);
  });

  it("by a changed password: the secret is read again and no request fails", async () => {
    const app = await its.system.startApp("1.0.0", "blue", { DATABASE_POOL_SIZE: "2" });
    const user = new User(app.url);
    assert.equal((await user.post("/login", { user: "carl" })).status, 200);
    const { reads } = its.system.secrets;
    const password = "another-password-2";
    await its.system.sql(`alter role app password '${password}'`);
    await its.system.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'");
    setTimeout(() => {
      its.system.secrets.credentials = { username: "app", password };
    }, 1_500).unref();
    assert.equal((await user.post("/login", { user: "carl" })).status, 200);
    assert.ok(its.system.secrets.reads > reads);
    assert.ok(!app.lines.join("\n").includes(password));
  });

  it("application tier: does not start without its secret, and retries an error of Secrets Manager", async () => {
    const environment = its.system.environment("app", "blue");
    const missing = await runToEnd("app", "1.0.0", { ...environment, DATABASE_SECRET_ARN: "arn:aws:none" });
    assert.equal(missing.code, 1);
    assert.match(missing.lines.at(-1) ?? "", /ResourceNotFoundException/);
    its.system.secrets.failWith = 500;
    const starting = its.system.startApp("1.0.0", "blue");
    setTimeout(() => {
      its.system.secrets.failWith = undefined;
    }, 1_500).unref();
    assert.equal((await new User((await starting).url).get("/readyz")).status, 200);
  });

  it("web tier: does not start with the environment of another version", async () => {
    const { code, lines } = await runToEnd("web", "1.0.0", { COLOR: "blue", VERSION: "1.1.0" });
    assert.equal(code, 1);
    assert.equal(lines.length, 1);
    assert.match(JSON.parse(lines[0] ?? "").msg, /^VERSION must be "1\.0\.0", got "1\.1\.0"\./);
  });
});

async function startFake(handler: Parameters<typeof createServer>[1]): Promise<Server & { url: string }> {
  const server = createServer({}, handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(server, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

describe("application tier outage", function () {
  this.timeout(60_000);
  const its = useSystem("1.0.0");

  it("gives 503 with the reason in /readyz, and 502 for every request; /healthz stays 200", async () => {
    const { web, app } = await its.system.startColor("1.0.0", "blue");
    const user = await its.system.user(web, "ann");
    assert.equal((await user.get("/readyz")).status, 200);
    await app.stop();
    assert.equal((await user.get("/healthz")).status, 200);
    const readiness = await user.get("/readyz");
    assert.deepEqual(
      [readiness.status, readiness.body.status],
      [503, "no blue application instance answered within 2 s"],
    );
    const { status, body, headers } = await user.get("/session");
    assert.equal(status, 502);
    assert.match(body.error, /application tier could not be reached \(ECONNREFUSED\)/);
    assert.equal(headers.get("x-changeover-color"), "blue");
    assert.equal(headers.get("x-changeover-app-color"), null);
    assert.equal((await user.post("/records", { patientName: "A", note: "b" })).status, 502);
  });

  it("during an upload gives the client a 502, not a cut connection", async () => {
    const { web, app } = await its.system.startColor("1.0.0", "blue");
    const user = await its.system.user(web, "bob");
    async function* body() {
      yield Buffer.alloc(300_000);
      await until(async () => (await its.system.sql("select from upload_chunks")).length > 0);
      app.process.kill("SIGKILL");
      await app.exit;
      for (let i = 0; i < 20; i++) yield Buffer.alloc(300_000);
    }
    const response = await fetch(`${web.url}/uploads`, {
      method: "POST",
      headers: { cookie: user.cookie, "content-type": "application/octet-stream" },
      body: body(),
      duplex: "half",
      signal: AbortSignal.timeout(20_000),
    } as unknown as RequestInit);
    assert.equal(response.status, 502);
    await response.text();
    assert.equal((await user.get("/version")).status, 200);
  });

  it("web tier: is not ready with an application tier of another color", async () => {
    const app = await its.system.startApp("1.0.0", "green");
    const web = await its.system.startWeb("1.0.0", "blue", app);
    assert.equal((await new User(web.url).get("/readyz")).status, 503);
  });

  it("web tier: calls with its own color and replaces error pages of the balancer", async () => {
    let status = 503;
    const asked: unknown[] = [];
    const fake = await startFake((request, response) => {
      asked.push(request.headers["x-changeover-color"]);
      response.writeHead(status, { "content-type": "text/html" }).end("<html>sorry</html>");
    });
    const web = await its.system.startWeb("1.0.0", "blue", fake);
    const user = new User(web.url);
    for (const [theirs, ours] of [
      [503, 503],
      [504, 504],
      [502, 502],
      [404, 502],
    ]) {
      status = theirs ?? 0;
      const answer = await user.send("GET", "/session", undefined, { "x-changeover-color": "green" });
      assert.equal(answer.status, ours);
      assert.match(answer.body.error, /^No blue application instance could answer/);
    }
    assert.deepEqual(new Set(asked), new Set(["blue"]));
    fake.closeAllConnections();
    fake.close();
  });

  it("web tier: sends a repeatable request again when an idle connection was closed", async () => {
    const sockets: Socket[] = [];
    const seen: string[] = [];
    const identity = { "content-type": "application/json", "x-changeover-instance": "i-fake" };
    const fake = await startFake((request, response) => {
      const key = String(request.headers["idempotency-key"]);
      seen.push(`${request.method} ${key}`);
      request.resume();
      // The first request on a socket is answered; on a second one the socket is closed instead.
      if (sockets.includes(request.socket)) return request.socket.destroy();
      sockets.push(request.socket);
      response.writeHead(request.method === "GET" ? 200 : 201, identity).end("{}");
    });
    const web = await its.system.startWeb("1.0.0", "blue", fake);
    const user = new User(web.url);
    const keepOne = async () => assert.equal((await user.get("/session")).status, 200);
    await keepOne();
    assert.equal((await user.get("/session")).status, 200);
    assert.equal(seen.length, 3);
    await keepOne();
    assert.equal((await user.post("/records", {}, { "idempotency-key": "k" })).status, 201);
    assert.equal(seen.filter((line) => line === "POST k").length, 2);
    // A login has no idempotency key, so it is sent once.
    await keepOne();
    const before = seen.length;
    assert.equal((await user.post("/login", { user: "x" })).status, 502);
    assert.equal(seen.length, before + 1);
    fake.closeAllConnections();
    fake.close();
  });

  it("web tier: sends a repeatable request again when the balancer could not reach an instance", async () => {
    const seen: string[] = [];
    const fake = await startFake((request, response) => {
      request.resume();
      const line = `${request.method} ${request.url}`;
      seen.push(line);
      const isReached = seen.filter((each) => each === line).length > 2;
      if (isReached) response.writeHead(200, { "x-changeover-instance": "i-fake" }).end("{}");
      else response.writeHead(502, { "content-type": "text/html" }).end("<html>502 Bad Gateway</html>");
    });
    const web = await its.system.startWeb("1.0.0", "blue", fake);
    const user = new User(web.url);
    assert.equal((await user.get("/session")).status, 200);
    assert.equal((await user.post("/records", {})).status, 200);
    assert.equal((await user.post("/login", { user: "x" })).status, 502);
    assert.deepEqual(
      ["GET /session", "POST /records", "POST /login"].map(
        (line) => seen.filter((each) => each === line).length,
      ),
      [3, 3, 1],
    );
    fake.closeAllConnections();
    fake.close();
  });

  it("web tier: closes an idle connection before the balancer does", async () => {
    const closedAfter = new Promise<number>((resolve) => {
      startFake((_request, response) => {
        response.writeHead(200, { "x-changeover-instance": "i-fake" }).end("{}");
      }).then(async (fake) => {
        fake.keepAliveTimeout = 30_000;
        fake.once("connection", (socket: Socket) => {
          const openedAt = performance.now();
          socket.once("close", () => {
            resolve(performance.now() - openedAt);
            fake.close();
          });
        });
        const web = await its.system.startWeb("1.0.0", "blue", fake, { IDLE_TIMEOUT_SECONDS: "4" });
        await new User(web.url).get("/session");
      });
    });
    const milliseconds = await closedAfter;
    assert.ok(milliseconds > 1_500 && milliseconds < 3_900, `${milliseconds} ms`);
  });
});
