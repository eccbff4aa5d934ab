import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommandLine } from "../../cli/run-command-line";

const PROGRAM = join(__dirname, "..", "applications", "records");

describe("changeover load", function () {
  this.timeout(60_000);

  const load = async (...args: string[]) => {
    let output = "";
    const status = await runCommandLine(["load", ...args], {
      env: {},
      signal: new AbortController().signal,
      write: async (text) => {
        output += text;
      },
      log: (message) => {
        output += message;
      },
    });
    return { status, output };
  };

  it("reports failures, and the flip that it sees", async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests++;
      const color = requests > 60 ? "green" : "blue";
      const headers = { "x-changeover-color": color, "x-changeover-version": "1.0.0" };
      response.writeHead(requests === 100 ? 503 : 200, headers).end();
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const args = ["--program", PROGRAM, "--duration", "5", "--rate", "30", "--json"];
      const { status, output } = await load(url, ...args);
      const { outcome, observedFlips, figures } = JSON.parse(output);
      assert.equal(status, 1);
      assert.equal(outcome.outcome, "failed");
      assert.equal(figures.requests.failed, 1);
      assert.deepEqual(
        observedFlips.map(({ from, to }: { from: string; to: string }) => `${from} to ${to}`),
        ["blue to green"],
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("takes journeys of a file, and sees a flip by the version alone", async () => {
    let requests = 0;
    const paths = new Set<string>();
    const server = createServer(({ url }, response) => {
      paths.add(url ?? "");
      response.setHeader("x-changeover-version", ++requests > 45 ? "1.1.0" : "1.0.0");
      response.writeHead(url === "/gone" ? 404 : 200).end();
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
    try {
      const journeys = join(folder, "journeys.json");
      const steps = [{ path: "/recorded" }, { path: "/gone", expect: { status: [200, 404] } }];
      writeFileSync(journeys, JSON.stringify({ journeys: { look: { steps } } }));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { status, output } = await load(url, "--journeys", journeys, "--duration", "4", "--rate", "30");
      assert.match(output, /flip 1\.0\.0 to 1\.1\.0 +seen after \d+ s, 0 failed/);
      assert.match(output, /answers of 1\.1\.0 +\d+\n/);
      assert.equal(status, 0, output);
      assert.deepEqual([...paths].sort(), ["/gone", "/recorded"]);
    } finally {
      rmSync(folder, { recursive: true });
      server.closeAllConnections();
      server.close();
    }
  });

  it("rejects an address with a path, with all other wrong options", async () => {
    const { status, output } = await load("https://shop.example/api", "--rate", "0");
    assert.equal(status, 2);
    assert.match(output, /^url must be an address .*\n--rate must be a whole number from 1 to 2000/);
  });
});
