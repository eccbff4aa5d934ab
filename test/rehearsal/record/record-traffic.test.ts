import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { runCommandLine } from "../../../cli/run-command-line";
import { readJourneysFile } from "../../../contract";
import { openLoad, replayedLoad } from "../../../rehearsal/load/open-load";
import { parseLogLine } from "../../../rehearsal/record/access-log";
import { foldFamilies, foldUrl } from "../../../rehearsal/record/fold-url";
import { TrafficRecorder } from "../../../rehearsal/record/traffic-mix";
import { application } from "../../applications/pantry/app";

interface Logged {
  readonly seconds: number;
  readonly client: number;
  readonly request: string;
  readonly status?: number;
  readonly kind?: string;
}

/** A line as AWS documents it, with fields of today. */
function logLine({ seconds, client, request, status = 200, kind = "https" }: Logged): string {
  const [method, url] = request.split(" ");
  const time = new Date(Date.UTC(2026, 10, 30, 9, 0, 0) + seconds * 1000).toISOString().replace("Z", "000Z");
  return (
    `${kind} ${time} app/shop/50dc6c495c0c9188 192.168.131.${client}:${2800 + seconds} 10.0.0.1:80 0.086 0.048 0.037 ` +
    `${status} ${status} 0 57 "${method} https://shop.example:443${url} HTTP/1.1" "Mozilla/5.0 (X11; \\"quoted\\" Linux)" ` +
    "ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/shop/73e2d6bc24d8a067 " +
    '"Root=1-58337281-1d84f3d73c47ec4e58577259" "shop.example" "arn:aws:acm:us-east-2:123456789012:certificate/12345678" ' +
    `1 ${time} "authenticate,forward" "-" "-" "10.0.0.1:80" "${status}" "-" "-" TID_1234abcd5678ef90`
  );
}

/** Five clients who look at a list, then at a product each, and buy. */
const shopping = [1, 2, 3, 4, 5].flatMap((client): Logged[] => [
  { seconds: client * 20, client, request: "GET /products?page=2&email=jane%40example.com&token=s3cr3t" },
  {
    seconds: client * 20 + 2,
    client,
    request: `GET /products/${9000 + client}?ref=mail`,
    status: client === 5 ? 304 : 200,
  },
  { seconds: client * 20 + 5, client, request: "POST /orders", status: 303 },
  { seconds: client * 20 + 6, client, request: `GET /users/name${client}@example.com`, status: 200 },
]);
const rare: Logged = { seconds: 400, client: 9, request: "GET /jane-doe-private", status: 200 };
const lines = [
  ...shopping,
  rare,
  { seconds: 401, client: 1, request: "GET /live", kind: "wss", status: 101 },
].map(logLine);

describe("recorded traffic", () => {
  it("record: a line of an ALB's access log is a request; other lines are not", () => {
    assert.deepEqual(parseLogLine(lines[0] ?? ""), {
      timeMs: Date.UTC(2026, 10, 30, 9, 0, 20),
      client: '192.168.131.1 Mozilla/5.0 (X11; \\"quoted\\" Linux)',
      method: "GET",
      url: "/products?page=2&email=jane%40example.com&token=s3cr3t",
      status: 200,
    });
    const malformed = (lines[0] ?? "").replace(/"GET [^"]*"/, '"- http://shop.example:80- -"');
    for (const line of ["", "# a comment", lines.at(-1) ?? "", malformed]) {
      assert.equal(parseLogLine(line), undefined, line);
    }
  });

  it("record: ids, tokens, addresses and values of queries are folded; words stay", () => {
    const folded: readonly [string, string][] = [
      ["/api/v1/orders/4711/items", "/api/v1/orders/1/items"],
      ["/o/0a1b2c3d-0000-4000-8000-1234567890ab", "/o/00000000-0000-0000-0000-000000000000"],
      ["/reset/eyJhbGciOiJIUzI1NiJ9.e30", "/reset/x"],
      ["/users/jane@example.com", "/users/x"],
      ["/caf%C3%A9", "/x"],
      ["/?q=my+disease&page=3&Access_Token=abc&apiKey=abc&jane%40example.com=1", "/?page=1&q=1"],
      ["/static/app.js?v=8812", "/static/app.js?v=1"],
    ];
    for (const [url, expected] of folded) assert.equal(foldUrl(url), expected);
  });

  it("record: words with many values at the same place are folded, too", () => {
    const letters = [..."abcdefghijklmnopqrstuvwxyz"];
    const urls = [
      ...letters.map((each) => `/users/${each.repeat(3)}/orders`),
      "/help/terms",
      "/help/faq?q=1",
    ];
    const families = foldFamilies(urls);
    assert.equal(families.get("/users/aaa/orders"), "/users/x/orders");
    assert.equal(families.get("/help/terms"), "/help/terms");
    assert.equal(families.get("/help/faq?q=1"), "/help/faq?q=1");
  });

  it("record: orders of paths that several clients had become journeys, with their think times", () => {
    const recorder = new TrafficRecorder();
    for (const line of lines) {
      const request = parseLogLine(line);
      if (request !== undefined) recorder.add(request);
    }
    const { journeys, recorded } = recorder.result();
    assert.deepEqual(Object.values(journeys), [
      {
        weight: 5,
        thinkSeconds: [2, 4],
        steps: [
          { path: "/products?email=1&page=1", expect: { status: [200, 404] } },
          { path: "/products/1?ref=1", expect: { status: [200, 304, 404] } },
          { path: "/users/x", expect: { status: [200, 404] } },
        ],
      },
    ]);
    assert.deepEqual(
      [recorded.requests, recorded.clients, recorded.leftOut, recorded.writeShare],
      [21, 6, { writes: 5, rarePaths: 1 }, 0.24],
    );
    assert.ok(recorded.busiestMinutePerSecond >= recorded.requestsPerSecond);
    assert.doesNotMatch(JSON.stringify({ journeys, recorded }), /jane|192\.168|s3cr3t|Mozilla|90\d\d/);
  });

  it("record: nothing is written if no path was requested by three clients", () => {
    const recorder = new TrafficRecorder();
    for (const line of lines.slice(0, 4)) {
      const request = parseLogLine(line);
      if (request !== undefined) recorder.add(request);
    }
    assert.throws(
      () => recorder.result(),
      /3 clients or more request the same path, got 4 requests of 1 clients/,
    );
  });
});

describe("journeys of a file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const rehearse = async (...args: string[]) => {
    let output = "";
    const status = await runCommandLine(["rehearse", ...args], {
      ...{ env: {}, signal: new AbortController().signal },
      write: async (text) => {
        output += text;
      },
      log: (message) => {
        output += message;
      },
    });
    return { status, output };
  };

  it("rehearse --record: reads folders and compressed logs, and writes journeys that can be replayed", async () => {
    const logs = join(folder, "AWSLogs", "2026");
    mkdirSync(logs, { recursive: true });
    writeFileSync(join(logs, "one.log.gz"), gzipSync(lines.slice(0, 8).join("\n")));
    writeFileSync(join(logs, "two.log"), `${lines.slice(8).join("\n")}\n`);
    const file = join(folder, "journeys.json");
    const { status, output } = await rehearse("--record", folder, "--replay", file);
    assert.equal(status, 0, output);
    assert.match(
      output,
      /^Wrote 1 journeys to .*, from 21 requests of 6 clients .*\nLeft out: 5 requests that write/,
    );
    const { load, recorded } = readJourneysFile(file);
    assert.equal(Object.keys(load.journeys).length, 1);
    assert.equal(recorded?.writeShare, 0.24);
    const together = openLoad({
      programDirectory: join(__dirname, "..", "..", "applications", "pantry"),
      journeysFile: file,
    });
    assert.deepEqual(together.answers, application.load.answers);
    assert.equal(Object.keys(together.journeys).length, 1 + Object.keys(application.load.journeys).length);
  });

  it("rehearse --record: rejects a missing folder, one without logs, and other files", async () => {
    const missing = await rehearse("--record", join(folder, "none"));
    assert.equal(missing.status, 2);
    assert.match(
      missing.output,
      /--record must be access logs of a load balancer, a file or a folder, got .* \(ENOENT\)/,
    );
    assert.match((await rehearse("--record", folder)).output, /files that end with \.log or \.gz, got none/);
    writeFileSync(join(folder, "other.log"), "GET / 200\n");
    assert.match((await rehearse("--record", folder)).output, /got 1 lines without a request/);
    writeFileSync(join(folder, "broken.gz"), "no gzip");
    assert.match(
      (await rehearse("--record", join(folder, "broken.gz"))).output,
      /broken\.gz cannot be read: incorrect header/,
    );
  });

  it("journeys: the application's own journeys get the recorded share of writes, and at least 5 %", () => {
    const step = { steps: [{ path: "/" }] };
    const own = {
      journeys: { buy: { ...step, weight: 3 }, look: step },
      session: { login: [{ path: "/login" }] },
    };
    const replayed = { journeys: { home: { ...step, weight: 600 } } };
    const shares = (writeShare?: number) => {
      const { journeys, session } = replayedLoad(own, replayed, writeShare);
      assert.equal(session, own.session);
      const weights = Object.entries(journeys).map(([name, { weight = 1 }]) => [name, Math.round(weight)]);
      return Object.fromEntries(weights);
    };
    assert.deepEqual(shares(0.4), { buy: 300, look: 100, home: 600 });
    assert.deepEqual(shares(), { buy: 24, look: 8, home: 600 });
  });

  it("journeys: a file in YAML may have patterns; all wrong keys of a file are reported with its name", () => {
    const file = join(folder, "journeys.yaml");
    writeFileSync(
      file,
      'journeys:\n  buy:\n    steps:\n      - path: /new\n        remember: { order: { text: "No\\\\. (\\\\d+)" } }\n      - path: "/orders/{order}"\n',
    );
    const { load } = readJourneysFile(file);
    assert.deepEqual(load.journeys.buy?.steps, [
      { path: "/new", remember: { order: { text: /No\. (\d+)/ } } },
      { path: "/orders/{order}" },
    ]);
    writeFileSync(file, "journeys: { buy: { steps: [{ path: 7 }], weight: 0 } }\n");
    assert.throws(
      () => readJourneysFile(file),
      /The load of .*journeys\.yaml is not valid.*\n.*weight.*\n.*path/,
    );
    writeFileSync(file, "just a text\n");
    assert.throws(() => readJourneysFile(file), /must have an object with journeys, got "just a text"/);
  });
});
