import assert from "node:assert/strict";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";
import type { GateTier } from "../../lambda/gate/event";
import { get } from "../../lambda/gate/request";

const tier = (url: string, changes: Partial<GateTier> = {}): GateTier => ({
  tier: "web",
  targetGroupArn: "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/1",
  url,
  headers: { "x-changeover-color": "green" },
  versionPath: "/version",
  matchInstances: true,
  minHealthy: 1,
  ...changes,
});

describe("gate: requests over TLS", () => {
  const servers: (Server | Http2SecureServer)[] = [];
  let keys: { key: string; cert: string };
  let checked: string | undefined;

  before(async () => {
    const { private: key, cert } = await generate([{ name: "commonName", value: "shop.example.com" }]);
    keys = { key, cert };
  });
  beforeEach(() => {
    checked = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  });
  afterEach(async () => {
    if (checked === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = checked;
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  });

  async function listen(server: Server | Http2SecureServer): Promise<string> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("gate: a load balancer that offers HTTP/2 is asked by HTTP/2, with host and headers", async () => {
    const server = createSecureServer({ ...keys, allowHTTP1: true }, (request, response) => {
      if (request.httpVersion !== "2.0") return response.writeHead(464).end();
      const { ":authority": authority, "x-changeover-color": color } = request.headers;
      response.writeHead(200, { server: "web" }).end(JSON.stringify({ authority, color, url: request.url }));
    });
    const url = await listen(server);
    const answer = await get(tier(url, { host: "shop.example.com" }), new URL("/version?a=1", url));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.server, "web");
    assert.deepEqual(JSON.parse(answer.body), {
      authority: "shop.example.com",
      color: "green",
      url: "/version?a=1",
    });
  });

  it("gate: a load balancer without HTTP/2 is asked by HTTP/1.1", async () => {
    const url = await listen(
      createServer(keys, ({ httpVersion, headers }, response) => {
        response.writeHead(201).end(`${httpVersion} ${headers.host} ${headers["x-changeover-color"]}`);
      }),
    );
    const { status, body } = await get(tier(url, { host: "shop.example.com" }), new URL("/version", url));
    assert.deepEqual([status, body], [201, "1.1 shop.example.com green"]);
  });

  it("gate: a certificate that no authority signed is rejected", async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "1";
    const url = await listen(createServer(keys, (_, response) => response.end()));
    await assert.rejects(get(tier(url), new URL("/version", url)), /self-signed certificate/);
  });

  it("gate: a response that is too long ends the request", async () => {
    const server = createSecureServer(keys, (_, response) => response.end("x".repeat(100_000)));
    const url = await listen(server);
    await assert.rejects(get(tier(url), new URL("/version", url)), /the response is too long/);
  });

  it("gate: without a response, a request ends after five seconds", async () => {
    const url = await listen(createSecureServer(keys, () => {}));
    await assert.rejects(get(tier(url), new URL("/version", url)), /no response within 5 s/);
  }).timeout(15_000);
});
