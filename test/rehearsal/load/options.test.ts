import assert from "node:assert/strict";
import { startLoad } from "../../../rehearsal/load";
import { type LoadOptions, parseOptions } from "../../../rehearsal/load/options";

const good: LoadOptions = {
  programDirectory: ".",
  url: "http://127.0.0.1:8080",
  requestsPerSecond: 200,
  sessions: 100,
  uploads: { concurrent: 2, bytes: 1_000_000, durationSeconds: 20 },
  webSockets: 5,
};

describe("load options", () => {
  it("get their defaults", () => {
    const { requestTimeoutSeconds, queueCap, agent } = parseOptions(good);
    assert.deepEqual(
      { requestTimeoutSeconds, queueCap, agent },
      {
        requestTimeoutSeconds: 10,
        queueCap: 10_000,
        agent: { maxSockets: 256, idleSeconds: 30 },
      },
    );
  });

  const refusals: [string, object, RegExp][] = [
    ["a rate of 0", { requestsPerSecond: 0 }, /requestsPerSecond: got 0; .*0\.1/],
    ["half a session", { sessions: 1.5 }, /sessions: got 1\.5; .*int/],
    [
      "another protocol",
      { url: "ftp://127.0.0.1" },
      /url: got "ftp:\/\/127\.0\.0\.1"; .*http:\/\/127\.0\.0\.1:8080/,
    ],
    ["an address with a path", { url: "http://127.0.0.1/login" }, /url: got .*no path/],
    ["no address", { url: "localhost" }, /url: got "localhost"/],
    ["a misspelt key", { websockets: 5 }, /load options: .*"websockets"/],
    ["a negative upload", { uploads: { ...good.uploads, bytes: -1 } }, /uploads\.bytes: got -1/],
    ["no patience", { requestTimeoutSeconds: 0 }, /requestTimeoutSeconds: got 0/],
  ];
  for (const [what, change, message] of refusals) {
    it(`refuse ${what} before anything starts`, () => {
      assert.throws(() => startLoad({ ...good, ...change }), message);
    });
  }
});
