import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskCache } from "../../build/disk-cache";

describe("disk cache", () => {
  let folder: string;
  let cache: DiskCache;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-cache-"));
    cache = new DiskCache(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("reads what was written last", () => {
    assert.equal(cache.read("a/one"), undefined);
    cache.write("a/one", "1");
    assert.equal(cache.read("a/one")?.toString(), "1");
    cache.write("a/one", "2");
    assert.equal(cache.read("a/one")?.toString(), "2");
    assert.deepEqual(readdirSync(join(folder, "a")), ["one"]);
  });

  it("deletes the least recently used entries above its capacity", () => {
    const old = new Date(Date.now() - 3_600_000);
    for (let i = 0; i < 64; i++) {
      cache.write(`a/${i}`, String(i));
      utimesSync(join(folder, "a", String(i)), old, new Date(old.getTime() + i));
    }
    assert.equal(cache.read("a/0")?.toString(), "0");
    cache.write("a/new", "new");
    assert.equal(cache.read("a/1"), undefined);
    for (const name of ["0", "2", "63", "new"]) assert.ok(cache.read(`a/${name}`), name);
  });

  it("stores nothing in a folder that cannot be written to", () => {
    const file = join(folder, "file");
    writeFileSync(file, "in the way");
    const blocked = new DiskCache(file);
    blocked.write("a/one", "1");
    assert.equal(blocked.read("a/one"), undefined);
  });
});
