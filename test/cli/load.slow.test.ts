import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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

  it("rejects an address with a path, with all other wrong options", async () => {
    const { status, output } = await load("https://shop.example/api", "--rate", "0");
    assert.equal(status, 2);
    assert.match(output, /^url must be an address .*\n--rate must be a whole number from 1 to 2000/);
  });
});
