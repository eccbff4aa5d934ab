import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import type { Instance } from "./support/instance";
import { useSystem } from "./support/system";
import { until } from "./support/until";

function slowUpload(web: Instance, cookie: string, bytes: number, agent?: Agent) {
  const sending = request(`${web.url}/uploads`, {
    method: "POST",
    headers: { cookie, "content-type": "application/octet-stream", "content-length": bytes },
    ...(agent === undefined ? {} : { agent }),
  });
  const answered = once(sending, "response").then(async ([response]) => {
    const message = response as IncomingMessage;
    let text = "";
    for await (const piece of message) text += piece;
    return { status: message.statusCode, headers: message.headers, body: JSON.parse(text) };
  });
  return { sending, answered };
}

async function openLive(web: Instance, cookie: string) {
  const socket = new WebSocket(`${web.url.replace("http", "ws")}/live`, { headers: { cookie } });
  const messages: { ack?: number; error?: string }[] = [];
  let askToLeave = () => {};
  const askedToLeave = new Promise<void>((resolve) => {
    askToLeave = resolve;
  });
  socket.on("message", (data) => {
    const message = JSON.parse(String(data));
    if (message.leave === true) askToLeave();
    else messages.push(message);
  });
  const closed = once(socket, "close").then(([code]) => code as number);
  await once(socket, "open");
  return { socket, messages, askedToLeave, closed };
}

const rejectsConnections = async (instance: Instance) => {
  const socket = connect(instance.port, "127.0.0.1");
  const rejected = await Promise.race([
    once(socket, "connect").then(
      () => false,
      () => true,
    ),
    once(socket, "error").then(() => true),
  ]);
  socket.destroy();
  return rejected;
};

describe("drain of an instance", function () {
  this.timeout(60_000);
  const its = useSystem("1.0.0");

  it("finishes a slow upload and the messages of a WebSocket, then exits with 0", async () => {
    const { web, app } = await its.system.startColor("1.0.0", "blue");
    const user = await its.system.user(web, "ann");
    const piece = Buffer.alloc(50_000, 5);
    const { sending, answered } = slowUpload(web, user.cookie, piece.length * 8);
    sending.write(piece);
    const { socket, messages, closed } = await openLive(web, user.cookie);
    for (let seq = 0; seq < 20; seq++) socket.send(JSON.stringify({ seq, value: seq / 2 }));
    await until(() => messages.length > 0);

    const exit = web.stop();
    await until(() => rejectsConnections(web));
    for (let i = 0; i < 7; i++) {
      await sleep(60);
      sending.write(piece);
    }
    sending.end();
    const { status, headers, body } = await answered;
    assert.equal(status, 201);
    assert.equal(headers.connection, "close");
    assert.equal(body.sha256, createHash("sha256").update(Buffer.alloc(400_000, 5)).digest("hex"));
    assert.equal(await closed, 1001);
    assert.deepEqual([await exit, await app.stop()], [0, 0]);

    // Acknowledged messages are stored, in order and once.
    const acks = messages.map(({ ack }) => ack);
    assert.deepEqual(acks, Array.from(acks.keys()));
    const stored = await its.system.sql(
      "select seq, value from measurements where user_name = 'ann' order by id",
    );
    assert.deepEqual(
      stored.map(({ seq, value }) => [Number(seq), value]),
      acks.map((ack) => [ack, Number(ack) / 2]),
    );
  });

  it("closes idle connections at once and busy ones after their answer", async () => {
    const { web } = await its.system.startColor("1.0.0", "green");
    const user = await its.system.user(web, "bob");
    const { sending, answered } = slowUpload(web, user.cookie, 10);
    sending.write("12345");
    const idle = connect(web.port, "127.0.0.1");
    await once(idle, "connect");
    idle.write("GET /version HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(idle, "data");
    const ended = once(idle, "end");
    idle.resume();
    const exit = web.stop();
    await ended;
    sending.end("67890");
    assert.equal((await answered).status, 201);
    assert.equal(await exit, 0);
  });

  it("exits with 1 after drainSeconds when a request does not end", async () => {
    const app = await its.system.startApp("1.0.0", "blue");
    const web = await its.system.startWeb("1.0.0", "blue", app, { DRAIN_SECONDS: "1" });
    const user = await its.system.user(web, "carl");
    const { sending, answered } = slowUpload(web, user.cookie, 10);
    answered.catch(() => {});
    sending.on("error", () => {});
    sending.write("12345");
    await until(
      async () => (await its.system.sql("select from uploads where user_name = 'carl'")).length === 1,
    );
    assert.equal(await web.stop(), 1);
    assert.ok(web.lines.some((line) => line.includes("drain limit exceeded")));
    await until(
      async () => (await its.system.sql("select from uploads where user_name = 'carl'")).length === 0,
    );
  });

  it("an idle connection stays open longer than the balancer keeps it", async () => {
    const app = await its.system.startApp("1.0.0", "blue", { IDLE_TIMEOUT_SECONDS: "1" });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const get = async () => {
      const asking = request(`${app.url}/version`, { agent }).end();
      const [response] = (await once(asking, "response")) as [IncomingMessage];
      response.resume();
      await once(response, "end");
      return asking.reusedSocket;
    };
    assert.equal(await get(), false);
    await sleep(3_000);
    assert.equal(await get(), true);
    agent.destroy();
  });
});

describe("WebSocket of a device", function () {
  this.timeout(60_000);
  const its = useSystem("1.0.0");
  let web: Instance;
  before(async () => {
    ({ web } = await its.system.startColor("1.0.0", "blue"));
  });

  it("acknowledges stored messages in order and rejects wrong ones", async () => {
    const user = await its.system.user(web, "ann");
    const { socket, messages, closed } = await openLive(web, user.cookie);
    for (let seq = 1; seq <= 100; seq++) socket.send(JSON.stringify({ seq, value: [seq, 0.5] }));
    socket.send("no JSON");
    socket.send(JSON.stringify({ seq: -1, value: 1 }));
    socket.send(JSON.stringify({ seq: 101, value: "last" }));
    await until(() => messages.length === 103);
    assert.deepEqual(messages[0], { ack: 1, color: "blue", version: "1.0.0" });
    assert.deepEqual(
      messages.slice(0, 100).map(({ ack }) => ack),
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    assert.match(messages[100]?.error ?? "", /^A message is/);
    assert.match(messages[101]?.error ?? "", /^A message is/);
    assert.equal(messages[102]?.ack, 101);
    const [count] = await its.system.sql("select count(*) from measurements where user_name = 'ann'");
    assert.equal(count?.count, "101");
    socket.close(1000);
    assert.equal(await closed, 1000);
  });

  it("asks the device to leave, which first gets its last acknowledgments", async () => {
    const app = await its.system.startApp("1.0.0", "blue");
    const leaving = await its.system.startWeb("1.0.0", "blue", app, { DRAIN_SECONDS: "8" });
    const user = await its.system.user(leaving, "cleo");
    const { socket, messages, askedToLeave, closed } = await openLive(leaving, user.cookie);
    let seq = 0;
    const sending = setInterval(() => socket.send(JSON.stringify({ seq: ++seq, value: 1 })), 20);
    await askedToLeave;
    // Messages that were on their way.
    for (let i = 0; i < 5; i++) socket.send(JSON.stringify({ seq: ++seq, value: 2 }));
    clearInterval(sending);
    await until(() => messages.length === seq);
    socket.close(1000);
    assert.equal(await closed, 1000);
    assert.deepEqual(
      messages.map(({ ack }) => ack),
      Array.from({ length: seq }, (_, i) => i + 1),
    );
  });

  it("is closed before the balancer would cut it, and stores no message without an acknowledgment", async () => {
    const app = await its.system.startApp("1.0.0", "blue");
    const leaving = await its.system.startWeb("1.0.0", "blue", app, { DRAIN_SECONDS: "8" });
    const user = await its.system.user(leaving, "carl");
    const openedAt = performance.now();
    const { socket, messages, closed } = await openLive(leaving, user.cookie);
    let seq = 0;
    const send = () => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ seq: ++seq, value: 1 }));
    };
    // The next message follows an acknowledgment. A reaction to the request to leave would be a second chain of messages,
    // and one of them could cross the close.
    socket.on("message", (data) => {
      if (JSON.parse(String(data)).leave !== true) setTimeout(send, 100);
    });
    send();
    assert.equal(await closed, 1001);
    assert.ok(performance.now() - openedAt < 8_000);
    // A device that ignores the request to leave may send one more message while the close is on its way. It is not
    // stored, so the device can send it again.
    const acks = messages.map(({ ack }) => ack);
    assert.deepEqual(
      acks,
      Array.from(acks, (_, i) => i + 1),
    );
    assert.ok(seq - acks.length <= 1, `${acks.length} of ${seq} acknowledged`);
    const stored = await its.system.sql("select seq from measurements where user_name = 'carl' order by id");
    assert.deepEqual(
      stored.map((row) => Number(row.seq)),
      acks,
    );
    assert.ok(seq > 3);
    assert.equal((await openLive(leaving, user.cookie)).socket.readyState, WebSocket.OPEN);
  });

  it("requires a session and the path /live", async () => {
    const rejection = async (path: string, cookie: string, origin?: string) => {
      const url = `${web.url.replace("http", "ws")}${path}`;
      const socket = new WebSocket(url, { headers: { cookie }, origin });
      const [error] = (await once(socket, "error")) as [Error];
      return error.message;
    };
    assert.match(await rejection("/live", "session=unknown"), /401/);
    assert.match(await rejection("/live", "session=unknown", "https://elsewhere.example"), /403/);
    assert.match(await rejection("/live", ""), /401/);
    assert.match(await rejection("/elsewhere", ""), /404/);
  });

  it("closes on a message over the limit, and other requests go on", async () => {
    const user = await its.system.user(web, "bob");
    const { socket, closed } = await openLive(web, user.cookie);
    socket.send("x".repeat(200_000));
    assert.equal(await closed, 1009);
    assert.equal((await user.get("/session")).status, 200);
  });
});
