import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Keep } from "../../build/disk-cache";

describe("kept", () => {
  let folder: string;
  let keep: Keep;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-kept-"));
    keep = new Keep(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("gives back what was kept, until it is forgotten", () => {
    assert.equal(keep.read("a/one"), undefined);
    keep.write("a/one", "1");
    assert.equal(keep.read("a/one")?.toString(), "1");
    keep.write("a/one", "2");
    assert.equal(keep.read("a/one")?.toString(), "2");
    keep.forget("a/one");
    assert.equal(keep.read("a/one"), undefined);
    assert.deepEqual(readdirSync(join(folder, "a")), []);
  });

  it("keeps what is in use and lets go of what is not", () => {
    const old = new Date(Date.now() - 3_600_000);
    for (let i = 0; i < 64; i++) {
      keep.write(`a/${i}`, String(i));
      utimesSync(join(folder, "a", String(i)), old, new Date(old.getTime() + i));
    }
    assert.equal(keep.read("a/0")?.toString(), "0");
    keep.write("a/new", "new");
    assert.equal(keep.read("a/1"), undefined);
    for (const name of ["0", "2", "63", "new"]) assert.ok(keep.read(`a/${name}`), name);
  });

  it("does without a folder that cannot be written to", () => {
    const file = join(folder, "file");
    writeFileSync(file, "in the way");
    const blocked = new Keep(file);
    blocked.write("a/one", "1");
    assert.equal(blocked.read("a/one"), undefined);
  });
});
