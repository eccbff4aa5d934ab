import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { MAX_UPLOAD_BYTES } from "../application/uploads";
import { User } from "./support/client";
import type { Instance } from "./support/instance";
import { useSystem } from "./support/system";
import { until } from "./support/until";

describe("HTTP routes of the sample", function () {
  this.timeout(60_000);
  const its = useSystem("1.1.0");
  let web: Instance;
  let app: Instance;
  before(async () => {
    ({ web, app } = await its.system.startColor("1.1.0", "blue"));
  });

  const upload = (user: User, body: RequestInit["body"]) =>
    fetch(`${web.url}/uploads`, {
      method: "POST",
      headers: { cookie: user.cookie, "content-type": "application/octet-stream" },
      body,
      duplex: "half",
      signal: AbortSignal.timeout(20_000),
    } as RequestInit);

  it("every answer names the instances of both tiers", async () => {
    const user = await its.system.user(web, "ann");
    const { headers } = await user.get("/session");
    assert.equal(headers.get("x-changeover-color"), "blue");
    assert.equal(headers.get("x-changeover-version"), "1.1.0");
    assert.match(headers.get("x-changeover-instance") ?? "", /^i-web-blue-/);
    assert.equal(headers.get("x-changeover-app-color"), "blue");
    assert.equal(headers.get("x-changeover-app-version"), "1.1.0");
    assert.match(headers.get("x-changeover-app-instance") ?? "", /^i-app-blue-/);
    const { body } = await user.get("/version");
    assert.deepEqual(body, {
      service: "web",
      tier: "web",
      color: "blue",
      version: "1.1.0",
      instance: headers.get("x-changeover-instance"),
    });
    assert.equal((await new User(app.url).get("/version")).body.tier, "app");
    for (const path of ["/healthz", "/readyz"]) assert.equal((await user.get(path)).body.status, "ok");
    const missing = await user.get("/nowhere");
    assert.equal(missing.status, 404);
    assert.equal(missing.headers.get("x-changeover-color"), "blue");
  });

  it("a session is a cookie that scripts cannot read", async () => {
    const response = await fetch(`${web.url}/login`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-proto": "https" },
      body: JSON.stringify({ user: "ann" }),
    });
    const [cookie = ""] = response.headers.getSetCookie();
    assert.match(cookie, /^__Host-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    assert.deepEqual(await response.json(), { user: "ann" });

    const withCookie = (value: string) =>
      fetch(`${web.url}/session`, { headers: { cookie: value, "x-forwarded-proto": "https" } });
    const [own = ""] = cookie.split(";");
    assert.equal((await withCookie(`session=planted; ${own}`)).status, 200, "a planted cookie wins");

    const user = await its.system.user(web, "ann");
    const session = await user.get("/session");
    assert.equal(session.body.user, "ann");
    assert.ok(Date.parse(session.body.createdAt) > 0);
    const { cookie: kept } = user;
    assert.equal((await user.post("/logout", undefined)).status, 204);
    user.cookie = kept;
    assert.equal((await user.get("/session")).status, 401);
    const [stored] = await its.system.sql("select count(*) from sessions where token_hash = $1", [
      Buffer.from(kept.slice("session=".length)),
    ]);
    assert.equal(stored?.count, "0", "a token lies in the table in clear");
  });

  it("a request target that is a complete URL reaches the application tier as a path", async () => {
    const { port } = new URL(web.url);
    const { cookie } = await its.system.user(web, "ann");
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const path = "http://elsewhere.example/session?a=1";
      httpRequest({ port, path, headers: { cookie } }, resolve).on("error", reject).end();
    });
    answer.resume();
    assert.notEqual(answer.statusCode, 502);
    assert.ok([200, 404].includes(answer.statusCode ?? 0), `${answer.statusCode}`);
  });

  it("data of a user requires a session", async () => {
    const nobody = new User(web.url);
    for (const path of [
      "/session",
      "/records",
      "/records/1",
      "/uploads/0198c0de-0000-7000-8000-000000000000",
    ]) {
      assert.equal((await nobody.get(path)).status, 401, path);
    }
    assert.equal((await nobody.post("/records", { patientName: "A", note: "b" })).status, 401);
    assert.equal((await upload(nobody, Buffer.alloc(1_000_000))).status, 401);
    nobody.cookie = "session=%0d%0aevil: 1";
    assert.equal((await nobody.get("/session")).status, 401);
  });

  it("records are stored and read back, the user's and the archive's, newest first", async () => {
    const user = await its.system.user(web, "carol");
    const written = [];
    for (const patientName of ["Zoë  Brandt", "Plato"]) {
      const { status, body } = await user.post("/records", { patientName, note: "Çheck – ok\n2nd line" });
      assert.equal(status, 201);
      assert.equal(body.patientName, patientName);
      assert.equal(body.note, "Çheck – ok\n2nd line");
      assert.deepEqual((await user.get(`/records/${body.id}`)).body, body);
      written.unshift(body);
    }
    const { body: list } = await user.get("/records?limit=4");
    assert.deepEqual(list.records.slice(0, 2), written);
    assert.equal(list.records.length, 4);
    assert.equal(list.records[2].patientName, "Liam O'Connor");
    const other = await its.system.user(web, "dave");
    assert.equal((await other.get(`/records/${written[0].id}`)).status, 404);
    assert.equal((await other.get(`/records/${list.records[2].id}`)).status, 200);
    assert.equal((await other.get("/records")).body.records.length, 5);
  });

  it("an idempotency key stores one record, also for repeated and concurrent requests", async () => {
    const user = await its.system.user(web, "erin");
    const send = (note: string) =>
      user.post("/records", { patientName: "A B", note }, { "idempotency-key": "k1" });
    const answers = await Promise.all(Array.from({ length: 8 }, () => send("same")));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
    assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
    assert.equal((await send("another")).status, 422);
    const stranger = await its.system.user(web, "frank");
    const { status, body } = await stranger.post(
      "/records",
      { patientName: "C D", note: "mine" },
      { "idempotency-key": "k1" },
    );
    assert.deepEqual([status, body.note], [201, "mine"]);
  });

  it("wrong input is rejected with a message that names the field, not the value", async () => {
    const user = await its.system.user(web, "gus");
    const refused = async (status: number, answer: Promise<{ status: number; body: { error: string } }>) => {
      const { status: got, body } = await answer;
      assert.equal(got, status);
      assert.equal(typeof body.error, "string");
      assert.ok(!body.error.includes("Secretname"), body.error);
      return body.error;
    };
    assert.match(await refused(400, user.post("/records", { patientName: "Secretname" })), /^note: /);
    assert.match(
      await refused(400, user.post("/records", { patientName: "Secretname".repeat(30), note: "x" })),
      /^patientName: /,
    );
    for (const patientName of ["", "  ", 7, "a\0b", "a\ud800"]) {
      await refused(400, user.post("/records", { patientName, note: "x" }));
    }
    await refused(400, user.post("/records", '{"patientName":'));
    await refused(400, user.post("/login", {}));
    await refused(413, user.post("/records", { patientName: "a", note: "x".repeat(70_000) }));
    for (const query of ["limit=0", "limit=101", "limit=-1", "limit=x", "status=lost"]) {
      await refused(400, user.get(`/records?${query}`));
    }
    await refused(400, user.get("/records/abc"));
    await refused(404, user.get("/records/999999999"));
    await refused(400, user.get("/uploads/abc"));
    await refused(415, user.post("/uploads", { a: 1 }));
    await refused(404, user.send("DELETE", "/records/1"));
  });

  it("an upload is streamed, hashed and stored", async () => {
    const user = await its.system.user(web, "hana");
    const pieces = Array.from({ length: 9 }, () => randomBytes(100_003));
    const content = Buffer.concat(pieces);
    async function* slowly() {
      for (const piece of pieces) yield piece;
    }
    const chunked = await upload(user, slowly() as unknown as RequestInit["body"]);
    const sized = await upload(user, content);
    for (const response of [chunked, sized]) {
      assert.equal(response.status, 201);
      const answer = (await response.json()) as { id: string };
      const expected = { bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") };
      assert.deepEqual(answer, { id: answer.id, ...expected });
      assert.deepEqual((await user.get(`/uploads/${answer.id}`)).body, answer);
      const stored = await its.system.sql(
        "select content from upload_chunks where upload_id = $1 order by position",
        [answer.id],
      );
      assert.ok(Buffer.concat(stored.map((row) => row.content as Buffer)).equals(content));
      const other = await its.system.user(web, "ivan");
      assert.equal((await other.get(`/uploads/${answer.id}`)).status, 404);
    }
    const empty = await upload(user, Buffer.alloc(0));
    assert.equal(((await empty.json()) as { bytes: number }).bytes, 0);
  });

  it("an upload over the limit is rejected, announced or not, and not stored", async () => {
    const user = await its.system.user(web, "jane");
    const status = await new Promise((resolve, reject) => {
      const headers = { cookie: user.cookie, "content-type": "application/octet-stream" };
      const announced = httpRequest(`${web.url}/uploads`, {
        method: "POST",
        headers: { ...headers, "content-length": MAX_UPLOAD_BYTES + 1 },
      });
      announced.once("response", (response) => {
        resolve(response.statusCode);
        announced.destroy();
      });
      announced.once("error", reject);
      announced.write("x");
    });
    assert.equal(status, 413);
    async function* endless() {
      const piece = Buffer.alloc(1024 * 1024);
      for (let sent = 0; sent <= MAX_UPLOAD_BYTES; sent += piece.length) yield piece;
    }
    assert.equal((await upload(user, endless() as unknown as RequestInit["body"])).status, 413);
    const [left] = await its.system.sql("select count(*) from uploads where user_name = 'jane'");
    assert.equal(left?.count, "0");
  });

  it("an early answer to an upload leaves the connection usable", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = (path: string, length: number) => {
      const headers = { "content-type": "application/octet-stream", "content-length": length };
      return httpRequest(`${web.url}${path}`, { method: "POST", headers, agent });
    };
    const answerTo = async (sending: ClientRequest) => {
      const [response] = (await once(sending, "response")) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    for (let i = 0; i < 5; i++) {
      const piece = Buffer.alloc(1_000_000);
      const sending = send("/uploads", 4 * piece.length);
      sending.write(piece);
      assert.equal(await answerTo(sending), 401);
      const { socket } = sending;
      sending.end(Buffer.concat([piece, piece, piece]));
      const next = send("/logout", 0);
      next.end();
      assert.equal(await answerTo(next), 204);
      assert.equal(next.socket, socket);
    }
    agent.destroy();
  });

  it("an upload whose client disconnects is not stored", async () => {
    const user = await its.system.user(web, "kim");
    const leaving = httpRequest(`${web.url}/uploads`, {
      method: "POST",
      headers: {
        cookie: user.cookie,
        "content-type": "application/octet-stream",
        "content-length": 5_000_000,
      },
    });
    leaving.on("error", () => {});
    leaving.write(Buffer.alloc(1_000_000));
    const count = async () =>
      (await its.system.sql("select count(*) from uploads where user_name = 'kim'"))[0]?.count as string;
    await until(async () => (await count()) === "1");
    leaving.destroy();
    await until(async () => (await count()) === "0");
  });

  it("errors of the database do not reach the client", async () => {
    await its.system.sql("alter table records add constraint refused check (note <> 'refuse this')");
    const user = await its.system.user(web, "lea");
    const { status, body } = await user.post("/records", { patientName: "Secretname", note: "refuse this" });
    assert.deepEqual([status, body], [500, { error: "internal error" }]);
    const logged = () => app.lines.find((text) => text.includes("request failed"));
    await until(() => logged() !== undefined);
    assert.equal(JSON.parse(logged() ?? "").err.code, "23514");
  });

  it("database connections have the version's name, and the log has no patient names or secrets", async () => {
    const rows = await its.system.sql(
      "select distinct application_name from pg_stat_activity where usename = 'app'",
    );
    assert.deepEqual(rows, [{ application_name: "changeover:blue:1.1.0" }]);
    const log = [...app.lines, ...web.lines].join("\n");
    for (const secret of [its.system.secrets.credentials.password, "Secretname", "Plato", "Brandt"]) {
      assert.ok(!log.includes(secret), `the log has ${secret}`);
    }
    for (const line of [...app.lines, ...web.lines]) assert.doesNotThrow(() => JSON.parse(line), line);
  });
});
