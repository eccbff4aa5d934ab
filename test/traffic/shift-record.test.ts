import assert from "node:assert/strict";
import fc from "fast-check";
import { shiftTags } from "../../components/load-balancer/shift-tags";
import { TAG_VALUE } from "../../components/validation/formats";
import { obsoleteTagKeys, recordOfTags, type ShiftRecord, tagsOfRecord } from "../../traffic/shift-record";

const text = fc.option(fc.string({ unit: "grapheme", maxLength: 400 }), { nil: undefined });
const records = fc.record({
  serial: fc.integer({ min: 1, max: 1_000_000 }),
  kind: fc.constantFrom("first", "shift", "rollback", "watch-rollback"),
  actor: text,
  commit: text,
  reason: text,
  at: text,
});

describe("traffic: shift record", () => {
  it("shift record: is read from its tags as it was written", () => {
    const record: ShiftRecord = {
      serial: 7,
      kind: "rollback",
      actor: "alice@example.com",
      commit: "02e09f8",
      reason: "p99 above 1 s",
      at: "2026-03-01T12:00:00.000Z",
    };
    assert.deepEqual(recordOfTags({ Name: "shop", ...tagsOfRecord(record) }), record);
  });

  it("shift record: tags have only characters and lengths that AWS allows", () => {
    fc.assert(
      fc.property(records, (record) => {
        const tags = tagsOfRecord(record);
        for (const value of Object.values(tags)) assert.match(value, TAG_VALUE.pattern);
        assert.deepEqual(tagsOfRecord(recordOfTags(tags) ?? record), tags);
      }),
    );
  });

  it("shift record: the component writes the same tags as the functions and commands", () => {
    fc.assert(fc.property(records, (record) => assert.deepEqual(shiftTags(record), tagsOfRecord(record))));
  });

  it("shift record: keys of a former record are replaced or obsolete", () => {
    fc.assert(
      fc.property(records, records, (former, next) => {
        const left = { ...tagsOfRecord(former), ...tagsOfRecord(next) };
        for (const key of obsoleteTagKeys(next)) delete left[key];
        assert.deepEqual(left, tagsOfRecord(next));
      }),
    );
  });

  it("shift record: a rule without a record has none", () => {
    assert.equal(recordOfTags({ Name: "shop" }), undefined);
    assert.equal(recordOfTags({ "changeover:serial": "x", "changeover:kind": "shift" }), undefined);
  });
});
