import assert from "node:assert/strict";
import { timelineData } from "../../../rehearsal/report/page/timeline-data";
import { formatOfFile, renderComparison, renderReport } from "../../../rehearsal/report/render-report";
import { formatClock, formatDuration } from "../../../rehearsal/report/sections/format";
import { runSections } from "../../../rehearsal/report/sections/run-sections";
import { cellText } from "../../../rehearsal/report/sections/section";
import { sampleLoad, sampleRecord, timeAt } from "./sample-record";

function figures(record = sampleRecord()): Record<string, string> {
  const rows = runSections(record).find(({ id }) => id === "effect")?.tables?.[0]?.rows ?? [];
  return Object.fromEntries(rows.map(([name = "", value = ""]) => [cellText(name), cellText(value)]));
}

describe("report of a rehearsal", () => {
  it("says in its heading how many releases were made and how many requests failed", () => {
    const page = renderReport(sampleRecord({ faults: undefined, strategies: undefined }), "html");
    assert.match(page, /<h1>Passed: 1 release of shop, 0 of 4,000 requests failed\.<\/h1>/);
  });

  it("says which part of the load was not exercised", () => {
    const uploads = { total: 0, cut: 0 };
    const webSockets = { connections: 0, reconnects: 0, messages: 0, acknowledged: 0 };
    const shown = figures(sampleRecord({ load: sampleLoad({ uploads, webSockets }) }));
    assert.equal(shown.Uploads, "not exercised");
    assert.equal(shown["WebSocket messages"], "not exercised");
    assert.equal(shown["Uploads cut"], undefined);
  });

  it("has a row for each strategy, fault, step and migration", () => {
    const rows = Object.fromEntries(
      runSections(sampleRecord()).flatMap(({ tables = [] }) =>
        tables.map((table) => [table.caption, table.rows.length]),
      ),
    );
    assert.equal(rows["Outage by strategy"], 4);
    assert.equal(rows.Faults, 1);
    assert.equal(rows.Steps, 3);
    assert.equal(rows.Migrations, 1);
  });

  it("shows the failures of a failed run with their requests", () => {
    const failures = [
      {
        at: timeAt(21),
        kind: "server-error",
        method: "GET",
        path: "/records/7",
        status: 502,
        color: "green",
        detail: "502",
      },
    ] as const;
    const load = sampleLoad({ failures: [...failures], requests: { ...sampleLoad().requests, failed: 1 } });
    const page = renderReport(sampleRecord({ load }), "markdown");
    assert.match(page, /\| 0:21 \| server-error \| GET \/records\/7 502 \| green \| 502 \|/);
  });

  it("shows text of the application as text, in the page and in Markdown", () => {
    const record = sampleRecord({ application: '<img src=x onerror="alert(1)"> @team [a](b) | c' });
    const page = renderReport(record, "html");
    assert.ok(page.includes("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;"));
    assert.ok(!page.includes("<img"));
    const markdown = renderReport(record, "markdown");
    assert.ok(!markdown.includes("<img"));
    assert.ok(!markdown.includes("@team"));
    assert.ok(!markdown.includes("[a](b)"));
  });

  it("loads nothing and runs no script", () => {
    const page = renderReport(sampleRecord(), "html");
    assert.doesNotMatch(page, /<script|<link|<img|@import|url\(/);
  });

  it("compares two runs: figures side by side, and the differences of the environment", () => {
    const { environment } = sampleRecord();
    const later = sampleRecord({
      environment: { ...environment, seed: 8 },
      load: sampleLoad({ sessions: { total: 60, lost: 2 } }),
    });
    const text = renderComparison(sampleRecord(), later, "markdown");
    assert.match(text, /\| Sessions lost \| 0 \| 2 \|/);
    assert.match(text, /\| Seed \| 7 \| 8 \|/);
    assert.doesNotMatch(text, /\| Node\.js \|/);
  });

  it("takes the format from the extension of a file", () => {
    assert.deepEqual(["a.html", "a.MD", "a.json", "a.txt"].map(formatOfFile), [
      "html",
      "markdown",
      "json",
      undefined,
    ]);
  });

  it("formats times for people", () => {
    assert.deepEqual([0, 0.34, 4.25, 59.96, 185].map(formatDuration), [
      "0 s",
      "340 ms",
      "4.3 s",
      "1 min",
      "3 min 5 s",
    ]);
    assert.deepEqual([5, 125, 3600].map(formatClock), ["0:05", "2:05", "1:00:00"]);
  });
});

describe("timeline of a rehearsal", () => {
  it("places steps, alarms and instances on the time of the load", () => {
    const data = timelineData(sampleRecord());
    assert.deepEqual(data?.steps, [
      { label: "2", from: 5, to: 12 },
      { label: "3", from: 20, to: 23 },
    ]);
    assert.deepEqual(data?.alarms, [{ label: "shop-green-errors", from: 26, to: 30 }]);
    assert.deepEqual(data?.instances.find(({ name }) => name === "web green")?.changes, [
      { at: 10, count: 1 },
    ]);
  });

  it("has the responses of each version per second, also where buckets are wider", () => {
    const { series } = sampleLoad();
    const load = sampleLoad({ series: { ...series, bucketSeconds: 2 } });
    const traffic = timelineData(sampleRecord({ load }))?.traffic ?? [];
    assert.deepEqual(
      traffic.map(({ name }) => name),
      ["blue 1.0.0", "green 1.1.0"],
    );
    assert.deepEqual(
      traffic.map(({ perSecond }) => perSecond[0]),
      [50, 0],
    );
    assert.deepEqual(
      traffic.map(({ perSecond }) => perSecond[39]),
      [0, 50],
    );
  });

  it("is absent for a run without load", () => {
    assert.equal(timelineData(sampleRecord({ load: undefined })), undefined);
  });
});
