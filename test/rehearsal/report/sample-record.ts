import { LoadRecorder } from "../../../rehearsal/load/recorder";
import { RUN_RECORD_VERSION, type RunRecord } from "../../../rehearsal/report/run-record";

/** The record of a short run with one answer. */
export function sampleRecord(changes: Partial<RunRecord> = {}): RunRecord {
  const recorder = new LoadRecorder();
  recorder.due(recorder.startedMs).assign("read", {}).succeed({ color: "blue", version: "1.0.0" });
  const at = "2026-11-30T10:00:00.000Z";
  return {
    recordVersion: RUN_RECORD_VERSION,
    application: "shop",
    startedAt: at,
    endedAt: "2026-11-30T10:01:30.000Z",
    outcome: { result: "passed", reasons: [], proven: ["No request failed."], notProven: [] },
    environment: {
      cores: 2,
      memoryGib: 8,
      platform: "linux x64",
      node: "v20.20.0",
      changeover: "0.2.0",
      engine: "in-process",
      command: "changeover rehearse --quick",
      seed: 1,
      requestsPerSecond: 100,
      timeScale: 1,
      alarmTimeScale: 1,
    },
    releases: [
      {
        from: { color: "blue", version: "1.0.0" },
        to: { color: "green", version: "1.1.0" },
        rolledBack: false,
      },
    ],
    steps: [
      {
        title: "Flip traffic from blue to green",
        kind: "flip",
        startedAt: at,
        endedAt: "2026-11-30T10:00:03.000Z",
        trafficBefore: [{ color: "blue", version: "1.0.0", percent: 100 }],
        trafficAfter: [{ color: "green", version: "1.1.0", percent: 100 }],
        rollback: { open: true, to: { color: "blue", version: "1.0.0" } },
      },
    ],
    load: recorder.end(),
    ...changes,
  };
}
