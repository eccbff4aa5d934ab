import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatMemory,
  MAX_VERSION_LENGTH,
  parseMemory,
  type ServiceMemory,
} from "../../../components/service/release-tag";

const weights = fc.integer({ min: 0, max: 100 }).map((blue) => ({ blue, green: 100 - blue }));
const serial = fc.integer({ min: 0, max: 1_000_000_000 });
const time = fc
  .date({ min: new Date("2020-01-01"), max: new Date("2100-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString());
const color = fc.constantFrom("blue" as const, "green" as const);
const shift = fc.record(
  {
    version: fc.stringMatching(new RegExp(`^[0-9a-zA-Z.+_-]{1,${MAX_VERSION_LENGTH}}$`)),
    serial,
    before: weights,
    after: weights,
    servedUntil: fc.oneof(fc.constant("now"), time),
  },
  { requiredKeys: ["version", "serial", "after"], noNullPrototype: true },
);
const memory: fc.Arbitrary<ServiceMemory> = fc.record(
  {
    live: color,
    last: fc.record({ serial, weights }, { noNullPrototype: true }),
    colors: fc.record({ blue: shift, green: shift }, { requiredKeys: [], noNullPrototype: true }),
    served: fc.record({ color, until: time }, { noNullPrototype: true }),
  },
  { requiredKeys: ["live", "last", "colors"], noNullPrototype: true },
);

describe("components: memory of a service in a tag", () => {
  it("release tag: every memory can be read back, and fits into a tag of AWS", () => {
    fc.assert(
      fc.property(memory, (each) => {
        const text = formatMemory(each);
        assert.deepEqual(parseMemory(text), each);
        assert.match(text, /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u);
      }),
      { numRuns: 1000 },
    );
  });

  it("release tag: a text of another program is no memory", () => {
    for (const text of [undefined, "", "last=red/1/0", "blue=1.0.0/1/-/100", "anything"]) {
      assert.equal(parseMemory(text), undefined);
    }
  });
});
