import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "../../../app/load";
import type { LoadFigures } from "../../../rehearsal/load/figures";
import { Generator } from "../../../rehearsal/load/generator";
import { type LoadOptions, parseOptions } from "../../../rehearsal/load/options";
import { loadOutcome } from "../../../rehearsal/load/outcome";
import { type Asked, type Faults, type SampleServer, startSampleServer } from "./sample-server";

/** Long enough for a machine that is busy with something else; no test waits for it when all is well. */
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

/** Runs the load against a server until `during` is over, and stops both whatever happens. */
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

/** Counts how often a fault was really shown, so that the figures can be compared with the truth. */
class Truth {
  count = 0;
  readonly everyTenth = (asked: Asked, when = true) => {
    if (!when || asked.number % 10 !== 0) return false;
    this.count++;
    return true;
  };
}

const isRecord = ({ method, path }: Asked) => method === "GET" && path.startsWith("/records/");

describe("the load against an honest server", () => {
  it("counts each request once and finds nothing", async () => {
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

  it("reads each record back with the same user's next request", async () => {
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

describe("the load counts exactly", () => {
  it("answers of 502, each with what it was about", async () => {
    const truth = new Truth();
    const intercept: Faults["intercept"] = (asked, response) => {
      if (!truth.everyTenth(asked)) return false;
      response.writeHead(502, { "x-changeover-color": "green" }).end("<html>Bad Gateway</html>");
      return true;
    };
    const figures = await measure({ intercept }, requests(200));
    assert.ok(truth.count >= 20);
    assert.equal(figures.requests.failed, truth.count);
    assert.deepEqual(figures.failuresByKind, { "server-error": truth.count });
    assert.equal(figures.sessions.lost + figures.answers.wrong, 0);
    const [failure] = figures.failures;
    assert.deepEqual([failure?.status, failure?.color], [502, "green"]);
    assert.ok(failure?.method && failure.path?.startsWith("/") && failure.user, JSON.stringify(failure));
    assert.equal(loadOutcome(figures).outcome, "failed");
  });

  it("cut connections, and sends nothing again", async () => {
    const truth = new Truth();
    const intercept: Faults["intercept"] = (asked, response) => {
      if (!truth.everyTenth(asked)) return false;
      // Half of them before the answer, half in the middle of it.
      if (truth.count % 2 === 0) {
        response.writeHead(200, { "content-length": 100 });
        response.write("{", () => response.destroy());
      } else {
        response.destroy();
      }
      return true;
    };
    const figures = await measure({ intercept }, requests(200));
    assert.deepEqual(figures.failuresByKind, { connection: truth.count });
    assert.equal(figures.requests.failed, truth.count);
    assert.equal(figures.requests.total, figures.server.seen.requests);
  });

  it("requests that were never answered, and does not wait for them with the others", async () => {
    const truth = new Truth();
    const intercept: Faults["intercept"] = (asked) => truth.everyTenth(asked);
    const figures = await measure({ intercept }, requests(200), {
      requestTimeoutSeconds: 2,
      sessions: 100,
    });
    assert.deepEqual(figures.failuresByKind, { timeout: truth.count });
    assert.ok(figures.latency.maxMs >= 1999, `${figures.latency.maxMs}`);
  });

  it("a server that is not there", async () => {
    const figures = await measure({}, async ({ server, generator }) => {
      await server.close();
      await until(() => generator.figures().requests.failed >= 50, "failures");
    });
    assert.ok((figures.failuresByKind.connection ?? 0) >= 50);
    assert.match(figures.failures.at(-1)?.detail ?? "", /ECONNREFUSED/);
  });

  it("sessions that the server forgot, each once, and goes on with new ones", async () => {
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

  it("sessions that became somebody else's", async () => {
    const truth = new Truth();
    const alter: Faults["alter"] = (asked, body) =>
      truth.everyTenth(asked, asked.path === "/session") ? { ...body, user: "somebody else" } : body;
    const figures = await measure({ alter }, () => until(() => truth.count >= 5, "5 sessions"));
    assert.equal(figures.sessions.lost, truth.count);
    assert.equal(figures.answers.wrong, truth.count);
    assert.equal(figures.requests.failed, 0);
  });

  it("records that are not what was written or read before", async () => {
    const truth = new Truth();
    const alter: Faults["alter"] = (asked, body) =>
      truth.everyTenth(asked, isRecord(asked)) ? { ...body, note: "as it was before" } : body;
    const figures = await measure({ alter }, () => until(() => truth.count >= 10, "10 stale records"));
    assert.equal(figures.answers.wrong, truth.count);
    assert.deepEqual(figures.failuresByKind, { "wrong-answer": truth.count });
    assert.match(
      figures.failures[0]?.detail ?? "",
      /^note was "(ECG|seeded) .*" and is now "as it was before"$/,
    );
  });

  it("records that are gone", async () => {
    const truth = new Truth();
    const intercept: Faults["intercept"] = (asked, response) => {
      if (!truth.everyTenth(asked, isRecord(asked))) return false;
      response.writeHead(404).end("{}");
      return true;
    };
    const figures = await measure({ intercept }, () => until(() => truth.count >= 10, "10 missing records"));
    assert.deepEqual(figures.failuresByKind, { "unexpected-status": truth.count });
  });

  it("lists without the user's newest record, or with another content", async () => {
    const truth = new Truth();
    const alter: Faults["alter"] = (_, body) => {
      const records = body.records as { note: string }[] | undefined;
      const [newest, ...older] = records ?? [];
      if (newest === undefined || newest.note.startsWith("seeded")) return body;
      truth.count++;
      return { records: truth.count % 2 === 0 ? older : [{ ...newest, note: "changed" }, ...older] };
    };
    const figures = await measure({ alter }, () => until(() => truth.count >= 5, "5 lists"));
    assert.equal(figures.answers.wrong, truth.count);
  });

  it("answers that are no JSON", async () => {
    const truth = new Truth();
    const intercept: Faults["intercept"] = (asked, response) => {
      if (!truth.everyTenth(asked, isRecord(asked))) return false;
      response.writeHead(200, { "x-changeover-color": "blue" }).end("<html>");
      return true;
    };
    const figures = await measure({ intercept }, () => until(() => truth.count >= 5, "5 answers"));
    assert.deepEqual(figures.failuresByKind, { "wrong-answer": truth.count });
  });

  it("answers of two colors", async () => {
    const truth = new Truth();
    const headers: Faults["headers"] = (asked): Record<string, string> =>
      truth.everyTenth(asked) ? { "x-changeover-app-color": "green" } : {};
    const figures = await measure({ headers }, requests(200));
    assert.equal(figures.answers.wrong, truth.count);
    assert.equal(figures.requests.failed, 0);
    assert.match(figures.failures[0]?.detail ?? "", /web tier blue answered from application tier green/);
  });

  it("requests that found no room in the queue", async () => {
    let frozen = false;
    const intercept: Faults["intercept"] = () => frozen;
    const figures = await measure(
      { intercept },
      async (stage) => {
        await requests(50)(stage);
        frozen = true;
        await until(() => stage.generator.figures().requests.dropped >= 20, "drops");
        frozen = false;
      },
      { sessions: 2, queueCap: 10, requestTimeoutSeconds: 0.8 },
    );
    const { dropped, timeout, ...others } = figures.failuresByKind;
    assert.deepEqual(others, {});
    assert.equal(figures.requests.dropped, dropped);
    assert.equal(figures.requests.failed, (dropped ?? 0) + (timeout ?? 0));
    // The two in the server's hands at least, and at most those and the ones that waited behind them.
    assert.ok(timeout !== undefined && timeout >= 2, `${timeout}`);
  });
});

describe("the load watches uploads", () => {
  const uploads = { concurrent: 2, bytes: 300_000, durationSeconds: 0.3 };
  const isUpload = ({ method, path }: Asked) => method === "POST" && path === "/uploads";
  const enough = ({ server }: Stage) => until(() => server.seen.uploads >= 4, "uploads");

  it("and finds one whose connection is cut in the middle", async () => {
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

  it("and finds one that was answered with 502 before its end", async () => {
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

  it("and finds one that was stored with other bytes", async () => {
    let altered = 0;
    const alter: Faults["alter"] = (asked, body) =>
      isUpload(asked) && altered++ === 0 ? { ...body, bytes: 299_999 } : body;
    const figures = await measure({ alter }, enough, { uploads, requestsPerSecond: 20 });
    assert.deepEqual([figures.uploads.cut, figures.requests.failed], [1, 1]);
    assert.deepEqual(figures.failuresByKind, { "upload-cut": 1 });
  });
});

describe("the load watches WebSockets", () => {
  const goal = (messages: number) => ({
    during: ({ server }: Stage) => until(() => server.seen.messages >= messages, `${messages} messages`),
    changes: { webSockets: 2, requestsPerSecond: 20 },
  });

  it("and comes back after 1001, which is no failure when all is acknowledged", async () => {
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

  it("and leaves when it is asked to, with everything acknowledged first", async () => {
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
      await until(() => held.length >= 2, "two messages that wait for their acknowledgment");
      for (const socket of server.sockets) socket.send(JSON.stringify({ leave: true }));
      await sleep(50);
      assert.equal(server.sockets.size, 2, "they wait for their acknowledgments");
      holding = false;
      for (const acknowledge of held) acknowledge();
      const before = server.seen.messages;
      await until(() => server.seen.messages >= before + 2, "messages after the reconnect");
    };
    const figures = await measure({ interceptMessage }, during, changes);
    assert.deepEqual(figures.failures, []);
    assert.deepEqual([figures.webSockets.connections, figures.webSockets.reconnects], [4, 2]);
  });

  it("and counts a message that a close with 1001 left unacknowledged", async () => {
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

  it("and counts a socket that was cut", async () => {
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

  it("and counts an acknowledgment of another message as wrong", async () => {
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

  it("and counts a message that could not be stored", async () => {
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

  it("and counts a message that is never acknowledged, and the session that a handshake lost", async () => {
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
    assert.equal(lost, 2, "the user's session and the monitor's");
    assert.deepEqual(figures.failuresByKind, { timeout: 1, "unexpected-status": 1, "session-lost": 1 });
  });
});

describe("the load times", () => {
  it("a freeze as long as it lasts, and blames no request when all are answered in the end", async () => {
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

  it("a flip, by the color of the answers", async () => {
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
