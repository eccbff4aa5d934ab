import assert from "node:assert/strict";
import * as http from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import type { Balancer } from "../../../simulator/load-balancer";
import { call, forwardTo, groupSpec, join, sendRaw, serve, until, useStage } from "./support";

describe("simulator: load balancer, WebSockets", () => {
  const stage = useStage();

  /** Echoes each message behind its id, and closes with 1001 on "bye". */
  async function echoTarget() {
    const server = http.createServer();
    const target = await stage.target(undefined, server);
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) => {
      socket.on("message", (data) => {
        if (String(data) === "bye") socket.close(1001, "going");
        else socket.send(`${target.id} ${data}`);
      });
    });
    return target;
  }

  interface Client {
    readonly socket: WebSocket;
    readonly messages: string[];
    readonly closed: Promise<number>;
    ask(text: string): Promise<string | undefined>;
  }

  async function connect(balancer: Balancer): Promise<Client> {
    const socket = new WebSocket(`ws://127.0.0.1:${balancer.port}/live`);
    const messages: string[] = [];
    socket.on("message", (data) => messages.push(String(data)));
    const closed = new Promise<number>((resolve) => socket.on("close", resolve));
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return {
      socket,
      messages,
      closed,
      async ask(text) {
        const count = messages.length;
        socket.send(text);
        await until(`an answer to ${text}`, () => messages.length > count);
        return messages.at(-1);
      },
    };
  }

  it("WebSocket: messages pass both ways, and the target's close code reaches the client", async () => {
    const balancer = await stage.balancer();
    const target = await echoTarget();
    await serve(balancer, "g", [target]);
    const client = await connect(balancer);
    assert.equal(await client.ask("one"), `${target.id} one`);
    const long = "x".repeat(1_000_000);
    assert.equal(await client.ask(long), `${target.id} ${long}`);
    assert.equal(balancer.counters("g").inFlight, 1);
    client.socket.send("bye");
    assert.equal(await client.closed, 1001);
    await until("over", () => balancer.counters("g").inFlight === 0);
  });

  it("WebSocket: stays on its target when weights change and while it drains, until the delay ends", async () => {
    const balancer = await stage.balancer();
    const [blue, green] = [await echoTarget(), await echoTarget()];
    await serve(balancer, "blue", [blue], { deregistrationDelaySeconds: 1 });
    const client = await connect(balancer);
    balancer.putTargetGroup(groupSpec("green"));
    balancer.setDefaultAction(forwardTo({ green: 1 }));
    await join(balancer, "green", [green]);
    assert.equal(await client.ask("after the flip"), `${blue.id} after the flip`);
    const out = balancer.deregisterTarget("blue", blue.id);
    assert.equal(await client.ask("while it drains"), `${blue.id} while it drains`);
    await out;
    assert.equal(await client.closed, 1006);
    const again = await connect(balancer);
    assert.equal(await again.ask("hello"), `${green.id} hello`);
    again.socket.terminate();
  });

  it("WebSocket: its end completes a drain", async () => {
    const balancer = await stage.balancer();
    const target = await echoTarget();
    await serve(balancer, "g", [target], { deregistrationDelaySeconds: 300 });
    const client = await connect(balancer);
    const out = balancer.deregisterTarget("g", target.id);
    client.socket.close();
    await out;
  });

  it("WebSocket: closes after the idle timeout, which each message restarts", async () => {
    const balancer = await stage.balancer();
    const target = await echoTarget();
    await serve(balancer, "g", [target]);
    balancer.setIdleTimeout(1);
    const client = await connect(balancer);
    for (let n = 0; n < 4; n++) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      await client.ask(`${n}`);
    }
    assert.equal(await client.closed, 1006);
  });

  it("WebSocket: closes when its target dies", async () => {
    const balancer = await stage.balancer();
    const target = await echoTarget();
    await serve(balancer, "g", [target]);
    const client = await connect(balancer);
    await target.close();
    assert.equal(await client.closed, 1006);
  });

  it("WebSocket: the client gets the target's own response to a rejected upgrade, or 502", async () => {
    const balancer = await stage.balancer();
    const plain = await stage.target();
    await serve(balancer, "g", [plain], { intervalSeconds: 300 });
    const upgrade = { connection: "Upgrade", upgrade: "websocket" };
    const refused = await call(balancer.port, { headers: upgrade });
    assert.deepEqual([refused.status, refused.body], [200, plain.id]);
    await plain.close();
    assert.equal((await call(balancer.port, { headers: upgrade })).status, 502);
    assert.equal(balancer.counters("g").inFlight, 0);
  });

  it("WebSocket: other upgrades are rejected", async () => {
    const balancer = await stage.balancer();
    await serve(balancer, "g", [await stage.target()]);
    const answer = await sendRaw(
      balancer.port,
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    );
    assert.match(answer, /^HTTP\/1.1 400 /);
  });
});
