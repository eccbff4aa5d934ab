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

  const wrongOptions: [option: string, change: object][] = [
    ["requestsPerSecond", { requestsPerSecond: 0 }],
    ["sessions", { sessions: 1.5 }],
    ["url", { url: "ftp://127.0.0.1" }],
    ["url", { url: "http://127.0.0.1/login" }],
    ["url", { url: "localhost" }],
    ["websockets", { websockets: 5 }],
    ["uploads.bytes", { uploads: { ...good.uploads, bytes: -1 } }],
    ["agent.idleSeconds", { agent: { idleSeconds: 0 } }],
    ["requestTimeoutSeconds", { requestTimeoutSeconds: 0 }],
    ["programDirectory", { programDirectory: "" }],
  ];
  for (const [option, change] of wrongOptions) {
    it(`are rejected before anything starts: ${JSON.stringify(change)}`, () => {
      const message = new RegExp(
        `^Wrong load options\\. ${option} (must be .*, got .*|is not a known key)\\.$`,
      );
      assert.throws(() => startLoad({ ...good, ...change }), { message });
    });
  }

  it("are rejected with every wrong option at once", () => {
    assert.throws(() => startLoad({ ...good, sessions: 0, requestsPerSecond: 20_000 }), {
      message:
        "Wrong load options. requestsPerSecond must be a number from 0.1 to 10000, got 20000. " +
        "sessions must be a whole number from 1 to 10000, got 0.",
    });
  });
});
