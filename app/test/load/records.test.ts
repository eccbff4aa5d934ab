import assert from "node:assert/strict";
import { seededRandom } from "../../../rehearsal/load/random";
import { difference, newRecord, readRecord, SeenRecords } from "../../load/records";

const record = { id: "7", patientName: "Ada Lovelace", note: "ECG", createdAt: "2026-01-01T00:00:00Z" };

describe("load of the sample: record read again", () => {
  it("is equal when the fields that both versions answer are equal", () => {
    assert.equal(difference(record, { ...record }), undefined);
    assert.equal(difference({ ...record, status: "open" }, record), undefined);
    assert.equal(difference(record, { ...record, severity: "routine" }), undefined);
  });

  it("differs when any of them changed, also a field that the load did not write", () => {
    assert.equal(
      difference(record, { ...record, patientName: "Lovelace" }),
      'patientName was "Ada Lovelace" and is now "Lovelace"',
    );
    assert.match(
      difference({ ...record, status: "open" }, { ...record, status: "closed" }) ?? "",
      /^status was "open"/,
    );
    assert.match(
      difference(record, { ...record, createdAt: "2026-01-01T00:00:01Z" }) ?? "",
      /^createdAt was/,
    );
  });

  it("is wrong when a field of every version is missing", () => {
    const { note: _, ...withoutNote } = record;
    assert.equal(readRecord(withoutNote), undefined);
  });
});

describe("load of the sample: seen records", () => {
  it("stay as first seen, in bounded memory, the oldest for good", () => {
    const seen = new SeenRecords(seededRandom(1), 10);
    for (let n = 0; n < 1_000; n++) seen.remember({ ...record, id: n });
    seen.remember({ ...record, id: 0, note: "changed" });
    assert.equal(seen.find(0)?.note, "ECG");
    const kept = Array.from({ length: 1_000 }, (_, n) => seen.find(n)).filter((found) => found !== undefined);
    assert.equal(kept.length, 10);
    assert.deepEqual(
      kept.slice(0, 5).map(({ id }) => id),
      [0, 1, 2, 3, 4],
    );
  });
});

describe("load of the sample: new records", () => {
  it("repeat with the seed, with names of one word and of several", () => {
    const names = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 200 }, () => newRecord(random).patientName);
    };
    assert.deepEqual(names(1), names(1));
    assert.notDeepEqual(names(1), names(2));
    const words = new Set(names(1).map((name) => name.split(" ").length));
    assert.ok(words.has(1) && words.has(2) && words.has(4), `${[...words]}`);
  });
});
