import assert from "node:assert/strict";
import { loadFiguresSchema } from "../../../rehearsal/load/figures";
import { LoadRecorder } from "../../../rehearsal/load/recorder";

const blue = { color: "blue", version: "1.0.0" };

describe("load: recorder", () => {
  it("counts unfinished requests as failures and ignores later answers", () => {
    const recorder = new LoadRecorder();
    const late = recorder.due(recorder.startedMs).assign("read", { method: "GET", path: "/session" });
    assert.equal(recorder.figures().requests.unfinished, 1);
    const figures = recorder.end();
    late.succeed(blue);
    assert.deepEqual([figures.requests.failed, figures.requests.unfinished], [1, 0]);
    assert.deepEqual(figures.failuresByKind, { unfinished: 1 });
    assert.deepEqual(recorder.figures().answers.byVersion, {});
    loadFiguresSchema.parse(figures);
  });

  it("throws when a request is settled twice", () => {
    const recorder = new LoadRecorder();
    const ticket = recorder.due(recorder.startedMs).assign("read", {});
    ticket.succeed(blue);
    assert.throws(() => ticket.fail("timeout", "late"), /settled twice/);
    recorder.end();
  });

  it("lists the first failures of each kind among many of another, and counts all", () => {
    const recorder = new LoadRecorder();
    for (let n = 0; n < 500; n++) recorder.due(recorder.startedMs).fail("timeout", `number ${n}`);
    recorder.due(recorder.startedMs).assign("write", { path: "/records" }).fail("connection", "ECONNRESET");
    const { failures, failuresByKind, requests } = recorder.end();
    assert.equal(failures.length, 101);
    assert.deepEqual(failuresByKind, { timeout: 500, connection: 1 });
    assert.equal(requests.failed, 501);
    const { at: _, ...last } = failures.at(-1) ?? {};
    assert.deepEqual(last, { kind: "connection", detail: "ECONNRESET", path: "/records" });
  });

  it("has the time from the first failed request to the last one", async () => {
    const recorder = new LoadRecorder();
    assert.equal(recorder.figures().failureSpan, null);
    recorder.due(recorder.startedMs).fail("timeout", "first");
    const { failureSpan: first } = recorder.figures();
    assert.deepEqual([first?.seconds, first?.firstAt], [0, first?.lastAt]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    recorder.due(recorder.startedMs).fail("timeout", "last");
    const { failureSpan: span } = recorder.end();
    assert.ok((span?.seconds ?? 0) >= 0.025, JSON.stringify(span));
    assert.equal(span?.firstAt, first?.firstAt);
  });

  it("gives no latency to a request that was never sent", () => {
    const recorder = new LoadRecorder();
    recorder
      .due(recorder.startedMs - 500)
      .assign("read", {})
      .succeed(blue);
    for (let n = 0; n < 99; n++) recorder.due(recorder.startedMs).fail("dropped", "full");
    const { latency, requests } = recorder.end();
    assert.ok(latency.p50Ms >= 499, `${latency.p50Ms}`);
    assert.equal(requests.dropped, 99);
  });

  it("measures a stall of writes while reads go on", () => {
    const recorder = new LoadRecorder();
    recorder.due(recorder.startedMs - 800).assign("write", {});
    recorder.due(recorder.startedMs).assign("read", {}).succeed(blue);
    const { stall } = recorder.figures();
    assert.ok(stall.writesMs >= 800 && stall.longestMs >= 800, JSON.stringify(stall));
    assert.ok(stall.readsMs < 400, JSON.stringify(stall));
    recorder.end();
  });

  it("counts a version that differs between the tiers as wrong, and good answers without a color", () => {
    const recorder = new LoadRecorder();
    const answered = (origin: object) => recorder.due(recorder.startedMs).assign("read", {}).succeed(origin);
    answered({ ...blue, appColor: "blue", appVersion: "1.0.0" });
    answered({ ...blue, appColor: "blue", appVersion: "1.1.0" });
    answered({ ...blue, appColor: "green", appVersion: "1.0.0" });
    answered({});
    const { answers, requests } = recorder.end();
    assert.deepEqual([answers.wrong, answers.unattributed, requests.failed], [2, 1, 0]);
    assert.deepEqual(answers.byVersion, { "blue 1.0.0": 3 });
  });

  it("derives the color from the version, unless both colors have it", () => {
    const recorder = new LoadRecorder();
    const answered = (version: string) =>
      recorder.due(recorder.startedMs).assign("read", {}).succeed({ version });
    recorder.colors.deployed("blue", "1.0.0");
    recorder.colors.deployed("green", "1.1.0");
    answered("1.0.0");
    answered("1.1.0");
    answered("2.0.0");
    recorder.colors.deployed("green", "1.0.0");
    answered("1.0.0");
    const { answers } = recorder.end();
    assert.deepEqual(answers.byVersion, { "blue 1.0.0": 1, "green 1.1.0": 1 });
    assert.equal(answers.unattributed, 2);
  });
});
