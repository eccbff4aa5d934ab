import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { LoadFigures } from "../../../rehearsal/load/figures";
import { Generator } from "../../../rehearsal/load/generator";
import { type LoadOptions, parseOptions } from "../../../rehearsal/load/options";
import { loadOutcome } from "../../../rehearsal/load/outcome";
import {
  type Asked,
  type Faults,
  type SampleServer,
  startSampleServer,
} from "../../../test/rehearsal/load/sample-server";
import { load } from "../../load";

/** For a busy machine. */
const limitMs = 10_000;

async function until(condition: () => boolean, what: string): Promise<void> {
  for (const endMs = Date.now() + limitMs; !condition(); await sleep(10)) {
    if (Date.now() > endMs) throw new Error(`waited ${limitMs / 1000} s for: ${what}`);
  }
}

interface Stage {
  readonly server: SampleServer;
  readonly generator: Generator;
}

/** Runs the load against a server until `during` is over. */
async function measure(
  faults: Faults,
  during: (stage: Stage) => Promise<void>,
  changes: Partial<LoadOptions> = {},
): Promise<LoadFigures & { readonly server: SampleServer }> {
  const server = await startSampleServer(faults);
  const generator = new Generator(
    parseOptions({
      programDirectory: ".",
      url: server.url,
      requestsPerSecond: 1_000,
      sessions: 20,
      uploads: { concurrent: 0, bytes: 1, durationSeconds: 1 },
      webSockets: 0,
      ...changes,
    }),
    load,
  );
  try {
    await during({ server, generator });
    return { ...(await generator.stop()), server };
  } finally {
    await generator.stop();
    await server.close();
  }
}

const requests =
  (count: number) =>
  ({ server }: Stage) =>
    until(() => server.seen.requests >= count, `${count} requests`);

/** Counts the injected faults, for comparison with the figures. */
class FaultCount {
  count = 0;
  readonly everyTenth = (asked: Asked, when = true) => {
    if (!when || asked.number % 10 !== 0) return false;
    this.count++;
    return true;
  };
}

const isRecord = ({ method, path }: Asked) => method === "GET" && path.startsWith("/records/");

describe("load: server without faults", () => {
  it("each request is counted once and none fails", async () => {
    const figures = await measure(
      {},
      ({ server }) =>
        until(
          () => server.seen.requests >= 250 && server.seen.uploads >= 4 && server.seen.messages >= 3,
          "all kinds",
        ),
      { uploads: { concurrent: 2, bytes: 200_000, durationSeconds: 0.4 }, webSockets: 2 },
    );
    const { server } = figures;
    const { outcome, reasons } = loadOutcome({ ...figures, noisy: false });
    assert.deepEqual([outcome, reasons], ["passed", []]);
    assert.deepEqual(figures.failures, []);
    assert.equal(
      figures.requests.total,
      server.seen.requests + server.seen.messages + figures.webSockets.connections,
    );
    assert.equal(figures.sessions.total, server.seen.logins);
    assert.equal(figures.uploads.total, server.seen.uploads);
    assert.equal(figures.webSockets.acknowledged, server.seen.messages);
    assert.equal(figures.webSockets.connections, 2);
    assert.deepEqual(Object.keys(figures.answers.byVersion), ["blue 1.0.0"]);
  });

  it("each record is read back by the next request of its user", async () => {
    const written = new Map<string, string>();
    const asked: string[] = [];
    const expected: string[] = [];
    const alter: Faults["alter"] = ({ method, path, session = "" }, body) => {
      const id = written.get(session);
      if (id !== undefined) {
        asked.push(`${method} ${path}`);
        expected.push(`GET /records/${id}`);
      }
      written.delete(session);
      if (method === "POST" && path === "/records") written.set(session, String(body.id));
      return body;
    };
    await measure({ alter }, () => until(() => asked.length >= 10, "10 records read back"));
    assert.deepEqual(asked, expected);
  });
});

describe("load: counts exactly", () => {
  it("answers of 502, with user, method and path", async () => {
    const faultCount = new FaultCount();
    const intercept: Faults["intercept"] = (asked, response) => {
      if (!faultCount.everyTenth(asked)) return false;
      response.writeHead(502, { "x-changeover-color": "green" }).end("<html>Bad Gateway</html>");
      return true;
    };
    const figures = await measure({ intercept }, requests(200));
    assert.ok(faultCount.count >= 20);
    assert.equal(figures.requests.failed, faultCount.count);
    assert.deepEqual(figures.failuresByKind, { "server-error": faultCount.count });
    assert.equal(figures.sessions.lost + figures.answers.wrong, 0);
    const [failure] = figures.failures;
    assert.deepEqual([failure?.status, failure?.color], [502, "green"]);
    assert.ok(failure?.method && failure.path?.startsWith("/") && failure.user, JSON.stringify(failure));
    assert.equal(loadOutcome(figures).outcome, "failed");
  });

  it("cut connections, without sending a request again", async () => {
    const faultCount = new FaultCount();
    const intercept: Faults["intercept"] = (asked, response) => {
      if (!faultCount.everyTenth(asked)) return false;
      // Half of them before the answer, half in the middle of it.
      if (faultCount.count % 2 === 0) {
        response.writeHead(200, { "content-length": 100 });
        response.write("{", () => response.destroy());
      } else {
        response.destroy();
      }
      return true;
    };
    const figures = await measure({ intercept }, requests(200));
    assert.deepEqual(figures.failuresByKind, { connection: faultCount.count });
    assert.equal(figures.requests.failed, faultCount.count);
    assert.equal(figures.requests.total, figures.server.seen.requests);
  });

  it("requests without an answer, while others go on", async () => {
    const faultCount = new FaultCount();
    const intercept: Faults["intercept"] = (asked) => faultCount.everyTenth(asked);
    const figures = await measure({ intercept }, requests(200), {
      requestTimeoutSeconds: 2,
      sessions: 100,
    });
    assert.deepEqual(figures.failuresByKind, { timeout: faultCount.count });
    assert.ok(figures.latency.maxMs >= 1999, `${figures.latency.maxMs}`);
  });

  it("failures of a server that has stopped", async () => {
    const figures = await measure({}, async ({ server, generator }) => {
      await server.close();
      await until(() => generator.figures().requests.failed >= 50, "failures");
    });
    assert.ok((figures.failuresByKind.connection ?? 0) >= 50);
    assert.match(figures.failures.at(-1)?.detail ?? "", /ECONNREFUSED/);
  });

  it("sessions that the server forgot, each once, and logs in again", async () => {
    let forgotten = 0;
    const figures = await measure({}, async ({ server, generator }) => {
      await requests(150)({ server, generator });
      forgotten = server.forgetSessions();
      await until(() => generator.figures().sessions.lost >= forgotten, "lost sessions");
      await requests(server.seen.requests + 100)({ server, generator });
    });
    assert.ok(forgotten > 10);
    assert.equal(figures.sessions.lost, forgotten);
    assert.equal(figures.requests.failed, forgotten);
    assert.deepEqual(figures.failuresByKind, { "unexpected-status": forgotten, "session-lost": forgotten });
  });

  it("sessions of another user", async () => {
    const faultCount = new FaultCount();
    const alter: Faults["alter"] = (asked, body) =>
      faultCount.everyTenth(asked, asked.path === "/session") ? { ...body, user: "another user" } : body;
    const figures = await measure({ alter }, () => until(() => faultCount.count >= 5, "5 sessions"));
    assert.equal(figures.sessions.lost, faultCount.count);
    assert.equal(figures.answers.wrong, faultCount.count);
    assert.equal(figures.requests.failed, 0);
  });

  it("records that differ from what was written or read before", async () => {
    const faultCount = new FaultCount();
    const alter: Faults["alter"] = (asked, body) =>
      faultCount.everyTenth(asked, isRecord(asked)) ? { ...body, note: "as it was before" } : body;
    const figures = await measure({ alter }, () => until(() => faultCount.count >= 10, "10 stale records"));
    assert.equal(figures.answers.wrong, faultCount.count);
    assert.deepEqual(figures.failuresByKind, { "wrong-answer": faultCount.count });
    assert.match(
      figures.failures[0]?.detail ?? "",
      /^note was "(ECG|seeded) .*" and is now "as it was before"$/,
    );
  });

  it("records that are missing", async () => {
    const faultCount = new FaultCount();
    const intercept: Faults["intercept"] = (asked, response) => {
      if (!faultCount.everyTenth(asked, isRecord(asked))) return false;
      response.writeHead(404).end("{}");
      return true;
    };
    const figures = await measure({ intercept }, () =>
      until(() => faultCount.count >= 10, "10 missing records"),
    );
    assert.deepEqual(figures.failuresByKind, { "unexpected-status": faultCount.count });
  });

  it("lists without the user's newest record, or with another content", async () => {
    const faultCount = new FaultCount();
    const alter: Faults["alter"] = (_, body) => {
      const records = body.records as { note: string }[] | undefined;
      const [newest, ...older] = records ?? [];
      if (newest === undefined || newest.note.startsWith("seeded")) return body;
      faultCount.count++;
      return { records: faultCount.count % 2 === 0 ? older : [{ ...newest, note: "changed" }, ...older] };
    };
    const figures = await measure({ alter }, () => until(() => faultCount.count >= 5, "5 lists"));
    assert.equal(figures.answers.wrong, faultCount.count);
  });

  it("answers without JSON", async () => {
    const faultCount = new FaultCount();
    const intercept: Faults["intercept"] = (asked, response) => {
      if (!faultCount.everyTenth(asked, isRecord(asked))) return false;
      response.writeHead(200, { "x-changeover-color": "blue" }).end("<html>");
      return true;
    };
    const figures = await measure({ intercept }, () => until(() => faultCount.count >= 5, "5 answers"));
    assert.deepEqual(figures.failuresByKind, { "wrong-answer": faultCount.count });
  });

  it("answers of two colors", async () => {
    const faultCount = new FaultCount();
    const headers: Faults["headers"] = (asked): Record<string, string> =>
      faultCount.everyTenth(asked) ? { "x-changeover-app-color": "green" } : {};
    const figures = await measure({ headers }, requests(200));
    assert.equal(figures.answers.wrong, faultCount.count);
    assert.equal(figures.requests.failed, 0);
    assert.match(figures.failures[0]?.detail ?? "", /web tier blue answered from application tier green/);
  });

  it("requests above the capacity of the queue", async () => {
    let frozen = false;
    let held = 0;
    const intercept: Faults["intercept"] = () => {
      if (frozen) held++;
      return frozen;
    };
    const figures = await measure(
      { intercept },
      async (stage) => {
        await requests(50)(stage);
        frozen = true;
        await until(
          () => held >= 2 && stage.generator.figures().requests.dropped >= 20,
          "two requests without an answer, and drops behind them",
        );
        frozen = false;
      },
      { sessions: 2, queueCap: 10, requestTimeoutSeconds: 0.8 },
    );
    const { dropped, timeout, ...others } = figures.failuresByKind;
    assert.deepEqual(others, {});
    assert.equal(figures.requests.dropped, dropped);
    assert.equal(figures.requests.failed, (dropped ?? 0) + (timeout ?? 0));
    // At least the two requests that the server left unanswered.
    assert.ok(timeout !== undefined && timeout >= 2, `${timeout}`);
  });
});

describe("load: uploads", () => {
  const uploads = { concurrent: 2, bytes: 300_000, durationSeconds: 0.3 };
  const isUpload = ({ method, path }: Asked) => method === "POST" && path === "/uploads";
  const enough = ({ server }: Stage) => until(() => server.seen.uploads >= 4, "uploads");

  it("a cut connection is a cut upload", async () => {
    let cut = 0;
    const intercept: Faults["intercept"] = (asked, response) => {
      if (!isUpload(asked) || cut > 0) return false;
      cut++;
      response.req.once("data", () => response.destroy());
      return true;
    };
    const figures = await measure({ intercept }, enough, { uploads, requestsPerSecond: 20 });
    assert.deepEqual([figures.uploads.cut, figures.requests.failed], [1, 1]);
    assert.deepEqual(figures.failuresByKind, { connection: 1 });
    assert.equal(figures.uploads.total, figures.server.seen.uploads);
  });

  it("a 502 before the end is a cut upload", async () => {
    let refused = 0;
    const intercept: Faults["intercept"] = (asked, response) => {
      if (!isUpload(asked) || refused > 0) return false;
      refused++;
      response.writeHead(502, { connection: "close" }).end("{}");
      return true;
    };
    const figures = await measure({ intercept }, enough, { uploads, requestsPerSecond: 20 });
    assert.deepEqual([figures.uploads.cut, figures.requests.failed], [1, 1]);
    assert.deepEqual(figures.failuresByKind, { "server-error": 1 });
  });

  it("stored content that differs is a cut upload", async () => {
    let altered = 0;
    const alter: Faults["alter"] = (asked, body) =>
      isUpload(asked) && altered++ === 0 ? { ...body, bytes: 299_999 } : body;
    const figures = await measure({ alter }, enough, { uploads, requestsPerSecond: 20 });
    assert.deepEqual([figures.uploads.cut, figures.requests.failed], [1, 1]);
    assert.deepEqual(figures.failuresByKind, { "upload-cut": 1 });
  });
});

describe("load: WebSockets", () => {
  const goal = (messages: number) => ({
    during: ({ server }: Stage) => until(() => server.seen.messages >= messages, `${messages} messages`),
    changes: { webSockets: 2, requestsPerSecond: 20 },
  });

  it("reconnect after 1001, without a failure when all messages are acknowledged", async () => {
    const { changes } = goal(0);
    const during = async ({ server }: Stage) => {
      await until(() => server.sockets.size === 2 && server.seen.messages >= 2, "two sockets");
      await sleep(50);
      for (const socket of server.sockets) socket.close(1001);
      const before = server.seen.messages;
      await until(() => server.seen.messages >= before + 2, "messages after the reconnect");
    };
    const figures = await measure({}, during, changes);
    assert.deepEqual(figures.failures, []);
    assert.deepEqual([figures.webSockets.connections, figures.webSockets.reconnects], [4, 2]);
  });

  it("a device leaves on request, once every message is acknowledged", async () => {
    const held: (() => void)[] = [];
    let holding = false;
    const interceptMessage: Faults["interceptMessage"] = (seq, socket) => {
      if (!holding) return false;
      held.push(() => socket.send(JSON.stringify({ ack: seq, color: "blue", version: "1.0.0" })));
      return true;
    };
    const { changes } = goal(0);
    const during = async ({ server }: Stage) => {
      await until(() => server.sockets.size === 2 && server.seen.messages >= 2, "two sockets");
      holding = true;
      await until(() => held.length >= 2, "two unacknowledged messages");
      for (const socket of server.sockets) socket.send(JSON.stringify({ leave: true }));
      await sleep(50);
      assert.equal(server.sockets.size, 2, "both sockets are open until all is acknowledged");
      holding = false;
      for (const acknowledge of held) acknowledge();
      const before = server.seen.messages;
      await until(() => server.seen.messages >= before + 2, "messages after the reconnect");
    };
    const figures = await measure({ interceptMessage }, during, changes);
    assert.deepEqual(figures.failures, []);
    assert.deepEqual([figures.webSockets.connections, figures.webSockets.reconnects], [4, 2]);
  });

  it("a message that 1001 leaves unacknowledged is a failure", async () => {
    let closed = 0;
    const interceptMessage: Faults["interceptMessage"] = (_, socket) => {
      if (closed >= 2) return false;
      closed++;
      socket.close(1001);
      return true;
    };
    const { during, changes } = goal(5);
    const figures = await measure({ interceptMessage }, during, changes);
    assert.equal(figures.requests.failed, 2);
    assert.deepEqual(figures.failuresByKind, { unacknowledged: 2 });
  });

  it("a cut socket is a failure", async () => {
    let cut = false;
    const { changes } = goal(0);
    const during = async ({ server }: Stage) => {
      await until(() => server.seen.messages >= 2, "messages");
      await sleep(50);
      cut = true;
      for (const socket of server.sockets) socket.terminate();
      await sleep(50);
    };
    const figures = await measure({}, during, changes);
    assert.ok(cut);
    assert.deepEqual(figures.failuresByKind, { "socket-closed": 2 });
    assert.equal(figures.requests.failed, 2);
  });

  it("an acknowledgment of another message is a wrong answer", async () => {
    let wrong = 0;
    const interceptMessage: Faults["interceptMessage"] = (seq, socket) => {
      if (wrong === 0) {
        wrong++;
        socket.send(JSON.stringify({ ack: seq + 1, color: "blue", version: "1.0.0" }));
      }
      return false;
    };
    const { during, changes } = goal(3);
    const figures = await measure({ interceptMessage }, during, changes);
    assert.deepEqual(figures.failuresByKind, { "wrong-answer": 1 });
  });

  it("a message that was not stored is a failure", async () => {
    let refused = 0;
    const interceptMessage: Faults["interceptMessage"] = (seq, socket) => {
      if (refused > 0) return false;
      refused++;
      socket.send(JSON.stringify({ seq, error: "not stored (503)" }));
      return true;
    };
    const { during, changes } = goal(4);
    const figures = await measure({ interceptMessage }, during, changes);
    assert.deepEqual(figures.failuresByKind, { "server-error": 1 });
    assert.equal(figures.webSockets.acknowledged, figures.webSockets.messages - 1);
  });

  it("a message without acknowledgment and a lost session at the handshake are failures", async () => {
    let ignored = 0;
    const interceptMessage: Faults["interceptMessage"] = () => ignored++ === 0;
    let lost = 0;
    const during = async ({ server, generator }: Stage) => {
      await until(() => generator.figures().requests.failed >= 1, "the timeout");
      lost = server.forgetSessions();
      const before = server.seen.messages;
      await until(
        () => generator.figures().sessions.lost >= 1 && server.seen.messages > before,
        "a new session",
      );
    };
    const changes = { webSockets: 1, requestsPerSecond: 0.1, sessions: 1, requestTimeoutSeconds: 0.3 };
    const figures = await measure({ interceptMessage }, during, changes);
    assert.equal(lost, 2, "the user's session and the device's");
    assert.deepEqual(figures.failuresByKind, { timeout: 1, "unexpected-status": 1, "session-lost": 1 });
  });
});

describe("load: measures", () => {
  it("a freeze as a stall, not as failed requests", async () => {
    let thawAt = 0;
    const delayMs = () => Math.max(0, thawAt - Date.now());
    const figures = await measure({ delayMs }, async (stage) => {
      await requests(50)(stage);
      thawAt = Date.now() + 1_000;
      await sleep(1_050);
      await requests(stage.server.seen.requests + 50)(stage);
    });
    assert.equal(figures.requests.failed, 0);
    assert.ok(
      figures.stall.longestMs >= 950 && figures.stall.longestMs < 3_000,
      JSON.stringify(figures.stall),
    );
    assert.ok(figures.latency.p99Ms >= 900, JSON.stringify(figures.latency));
    assert.ok(figures.latency.maxMs < 3_000, JSON.stringify(figures.latency));
  });

  it("a flip by the color of the answers", async () => {
    const figures = await measure({}, async (stage) => {
      const { server, generator } = stage;
      await requests(50)(stage);
      const atMs = Number(process.hrtime.bigint()) / 1e6;
      generator.mark({ name: "flip-started", from: "blue", to: "green", atMs });
      await sleep(200);
      server.color = "green";
      await requests(server.seen.requests + 50)(stage);
      generator.mark({
        name: "flip-finished",
        resourcesChanged: 2,
        atMs: Number(process.hrtime.bigint()) / 1e6,
      });
    });
    const [flip] = figures.flips;
    assert.ok(flip !== undefined && flip.firstAnswerFromNewMs !== null && flip.lastAnswerFromOldMs !== null);
    assert.deepEqual([flip.from, flip.to, flip.resourcesChanged, flip.failed], ["blue", "green", 2, 0]);
    assert.ok(flip.firstAnswerFromNewMs >= 195 && flip.firstAnswerFromNewMs < 3_000, JSON.stringify(flip));
    assert.ok(flip.lastAnswerFromOldMs >= 100 && flip.lastAnswerFromOldMs < 3_000, JSON.stringify(flip));
    assert.ok(Date.parse(flip.startedAt) > Date.parse(figures.startedAt));
    assert.ok(figures.latency.p99DuringFlipMs !== null);
    const { blue, green } = figures.series.points.reduce(
      (sums, { byColor }) => ({
        blue: sums.blue + (byColor.blue ?? 0),
        green: sums.green + (byColor.green ?? 0),
      }),
      { blue: 0, green: 0 },
    );
    assert.equal(blue + green, figures.requests.total);
    assert.ok(blue > 50 && green >= 50);
  });
});
