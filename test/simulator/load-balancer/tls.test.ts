import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import * as tls from "node:tls";
import { WebSocket, WebSocketServer } from "ws";
import { CertificateAuthority } from "../../../simulator/certificate";
import type { Balancer, TlsSettings } from "../../../simulator/load-balancer";
import { type Answer, call, forwardTo, groupSpec, join, sendRaw, useStage } from "./support";

const NAME = "shop.example.com";

describe("simulator: load balancer, HTTPS", () => {
  const stage = useStage();
  let authority: CertificateAuthority;
  let ca: string;
  before(async () => {
    authority = await CertificateAuthority.create("test");
    ca = authority.certificate;
  });

  /** A load balancer as of a stack: HTTPS forwards to one target, HTTP redirects. */
  async function start(
    target: Awaited<ReturnType<typeof stage.target>>,
    tlsSettings: Partial<TlsSettings> = {},
  ) {
    const balancer = await stage.balancer();
    const names = [NAME];
    balancer.setTls({
      certificates: [{ names, ...(await authority.issue(names)) }],
      minVersion: "TLSv1.2",
      ...tlsSettings,
    });
    balancer.putTargetGroup(groupSpec("g"));
    balancer.setDefaultAction(forwardTo({ g: 1 }), "HTTPS");
    balancer.setDefaultAction({
      type: "redirect",
      statusCode: 301,
      location: "https://#{host}:#{port}/#{path}?#{query}",
    });
    await join(balancer, "g", [target]);
    return balancer;
  }

  function echo(request: http.IncomingMessage, response: http.ServerResponse): void {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      response.writeHead(201, { "content-type": "application/json", "set-cookie": ["a=1", "b=2"] });
      response.end(JSON.stringify({ url: request.url, headers: request.headers, body }));
    });
  }

  function getSecure(balancer: Balancer, options: https.RequestOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = https.request(
        { host: "127.0.0.1", port: balancer.port, servername: NAME, ca, agent: false, ...options },
        (response) => {
          let body = "";
          response.on("data", (chunk) => {
            body += chunk;
          });
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          );
        },
      );
      request.on("error", reject);
      request.end();
    });
  }

  async function requestHttp2(
    balancer: Balancer,
    headers: http2.OutgoingHttpHeaders,
    body?: string,
  ): Promise<{ headers: http2.IncomingHttpHeaders; body: string }> {
    const session = http2.connect(`https://${NAME}`, {
      createConnection: () =>
        tls.connect({ host: "127.0.0.1", port: balancer.port, servername: NAME, ca, ALPNProtocols: ["h2"] }),
    });
    stage.alsoEnd(async () => session.destroy());
    const stream = session.request(headers, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    let text = "";
    for await (const chunk of stream) text += chunk;
    return { headers: head, body: text };
  }

  it("HTTPS: a client that trusts the authority reaches a target, which sees the protocol", async () => {
    const balancer = await start(await stage.target(echo));
    const { status, body } = await getSecure(balancer, { path: "/records?x=1", headers: { host: NAME } });
    assert.equal(status, 201);
    const seen = JSON.parse(body);
    assert.equal(seen.url, "/records?x=1");
    assert.equal(seen.headers["x-forwarded-proto"], "https");
    assert.equal(seen.headers["x-forwarded-for"], "127.0.0.1");
  });

  it("HTTPS: a client that does not know the authority, or asks for another name, is not served", async () => {
    const balancer = await start(await stage.target());
    await assert.rejects(getSecure(balancer, { ca: undefined }), /self-signed|unable to get|verify/i);
    await assert.rejects(
      getSecure(balancer, { servername: "other.example.com" }),
      /altnames|does not match/i,
    );
  });

  it("HTTPS: plain HTTP on the same port gets the redirect of its own listener", async () => {
    const balancer = await start(await stage.target());
    const { status, headers } = await call(balancer.port, { path: "/a?b=c", headers: { host: NAME } });
    assert.equal(status, 301);
    assert.equal(headers.location, `https://${NAME}:${balancer.port}/a?b=c`);
  });

  it("HTTPS: without an HTTP listener, a plain connection is closed", async () => {
    const balancer = await start(await stage.target());
    balancer.setDefaultAction(undefined, "HTTP");
    assert.equal(await sendRaw(balancer.port, `GET / HTTP/1.1\r\nhost: ${NAME}\r\n\r\n`), "");
  });

  it("HTTPS: rules apply only to the listener of their protocol", async () => {
    const balancer = await start(await stage.target());
    const action = { type: "fixed-response", statusCode: 204, contentType: "text/plain", body: "" } as const;
    const conditions = [{ type: "path-pattern", values: ["/only"] }] as const;
    balancer.putRule({ arn: "r", protocol: "HTTPS", priority: 1, conditions, action });
    assert.equal((await getSecure(balancer, { path: "/only" })).status, 204);
    assert.equal((await call(balancer.port, { path: "/only" })).status, 301);
  });

  it("HTTPS: a policy with TLS 1.3 rejects clients that offer only 1.2", async () => {
    const balancer = await start(await stage.target(), { minVersion: "TLSv1.3" });
    await assert.rejects(getSecure(balancer, { maxVersion: "TLSv1.2" }));
    assert.equal((await getSecure(balancer)).status, 200);
  });

  it("HTTPS: a client that names a host of a further certificate gets that certificate", async () => {
    const certificates = [];
    for (const name of [NAME, "*.example.org"])
      certificates.push({ names: [name], ...(await authority.issue([name])) });
    const balancer = await start(await stage.target(), { certificates });
    assert.equal((await getSecure(balancer, { servername: "api.example.org" })).status, 200);
    assert.equal((await getSecure(balancer)).status, 200);
  });

  it("HTTPS: a connection is reused, and closed when it is idle", async () => {
    const balancer = await start(await stage.target());
    balancer.setIdleTimeout(1);
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    stage.alsoEnd(async () => agent.destroy());
    for (let count = 0; count < 3; count++) assert.equal((await getSecure(balancer, { agent })).status, 200);
    const [sockets = []] = Object.values(agent.freeSockets);
    assert.equal(sockets.length, 1);
    await once(sockets[0] as tls.TLSSocket, "close");
  });

  it("HTTP/2: requests, bodies and repeated headers pass", async () => {
    const balancer = await start(await stage.target(echo));
    const answer = await requestHttp2(
      balancer,
      { ":method": "POST", ":path": "/records", ":authority": NAME, "x-own": "1" },
      "x".repeat(300_000),
    );
    assert.equal(answer.headers[":status"], 201);
    assert.deepEqual(answer.headers["set-cookie"], ["a=1", "b=2"]);
    assert.equal(answer.headers.connection, undefined);
    const seen = JSON.parse(answer.body);
    assert.equal(seen.body.length, 300_000);
    assert.equal(seen.headers.host, NAME);
    assert.equal(seen.headers["x-own"], "1");
    assert.equal(seen.headers["x-forwarded-proto"], "https");
  });

  it("HTTP/2: a stream that a target breaks fails alone, with 502", async () => {
    const balancer = await start(
      await stage.target((request, response) => {
        if (request.url === "/broken") request.socket.destroy();
        else response.end("fine");
      }),
    );
    const head = { ":authority": NAME };
    const broken = await requestHttp2(balancer, { ...head, ":path": "/broken" });
    assert.equal(broken.headers[":status"], 502);
    assert.equal((await requestHttp2(balancer, { ...head, ":path": "/" })).body, "fine");
    assert.equal(balancer.counters("g").inFlight, 0);
  });

  it("HTTPS: WebSockets pass", async () => {
    const server = http.createServer();
    const target = await stage.target(undefined, server);
    new WebSocketServer({ server }).on("connection", (socket) => {
      socket.on("message", (data) => socket.send(`echo ${data}`));
    });
    const balancer = await start(target);
    // The types of `ws` lack the options of node:tls.
    const trusted: https.RequestOptions = { ca, servername: NAME };
    const socket = new WebSocket(`wss://127.0.0.1:${balancer.port}/live`, { ...trusted });
    await once(socket, "open");
    socket.send("one");
    const [data] = await once(socket, "message");
    assert.equal(String(data), "echo one");
    socket.close();
    await once(socket, "close");
  });

  it("HTTPS: the loss of a node resets secure connections too", async () => {
    const balancer = await start(await stage.target((_request, _response) => undefined));
    const open = [1, 2].map(() =>
      getSecure(balancer).then(
        () => "answered",
        () => "reset",
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { connections, requests } = balancer.dropNode();
    assert.deepEqual({ connections, requests }, { connections: 1, requests: 1 });
    assert.equal(await Promise.race(open), "reset");
    await balancer.close();
    await Promise.all(open);
  });
});
