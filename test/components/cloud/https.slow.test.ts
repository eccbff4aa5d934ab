import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InProcessEngine } from "../../../engine/deploy/in-process-engine";
import { createSimulator, type Simulator } from "../../../simulator";

const NAME = "shop.example.com";

describe("load balancer: HTTPS in the simulator", function () {
  this.timeout(120_000);
  let folder: string;
  let simulator: Simulator;
  let engine: InProcessEngine;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "changeover-https-"));
    simulator = await createSimulator({ directory: join(folder, "cloud") });
    engine = new InProcessEngine({
      programDirectory: join(__dirname, "fixtures", "https"),
      stack: "test",
      provider: simulator.providers,
    });
  });
  after(async () => {
    await simulator?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function responseOf(request: http.ClientRequest): Promise<http.IncomingMessage> {
    request.end();
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    response.resume();
    return response;
  }

  it("with a domain, clients that trust the authority are served by name, and plain HTTP is redirected", async () => {
    await engine.up({ config: { "https:secure": true } });
    const { url } = await engine.outputs();
    assert.equal(url, `https://${NAME}`);
    const address = simulator.resolve(NAME);
    assert.ok(address);
    const headers = { host: NAME };
    const secure = await responseOf(
      https.request({
        ...address,
        servername: NAME,
        ca: simulator.certificateAuthority,
        headers,
        agent: false,
      }),
    );
    assert.equal(secure.statusCode, 503, "the fixed response of a listener without rules");
    const plain = await responseOf(http.request({ ...address, headers, path: "/a", agent: false }));
    assert.equal(plain.statusCode, 301);
    assert.equal(plain.headers.location, `https://${NAME}:${address.port}/a`);
  });

  it("a plain load balancer gets a domain in one update, and loses it in another", async () => {
    await engine.up({ config: { "https:secure": false } });
    const { url, dnsName } = await engine.outputs();
    assert.equal(url, `http://${dnsName}`);
    assert.equal((await responseOf(http.request(String(url), { agent: false }))).statusCode, 503);
    assert.equal(simulator.resolve(NAME), undefined);
    await engine.up({ config: { "https:secure": true } });
    assert.equal((await responseOf(http.request(String(url), { agent: false }))).statusCode, 301);
  });
});
