import assert from "node:assert/strict";
import { importsOf, roomOf, sourceFiles } from "./source-files";

/** The rooms that each room may import, besides itself; docs/architecture.md draws them. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "index.ts": ["stack"],
  stack: ["components", "migrations", "traffic", "contract", "build"],
  components: [],
  lambda: ["migrations", "traffic"],
  migrations: ["build"],
  traffic: [],
  engine: ["build"],
  publishing: ["contract"],
  preview: ["engine", "aws", "migrations", "contract", "markdown"],
  simulator: ["engine", "aws"],
  rehearsal: [
    ...["simulator", "engine", "contract", "migrations", "traffic", "publishing", "build", "markdown"],
  ],
  operate: ["engine", "traffic"],
  cli: [
    ...["preview", "rehearsal", "bench", "packaging", "publishing", "stack"],
    ...["engine", "migrations", "traffic", "operate", "contract", "build"],
  ],
  bench: ["rehearsal", "simulator", "migrations", "contract", "app", "test", "build"],
  packaging: ["components", "build"],
  skeleton: ["contract", "build"],
  aws: [],
  build: [],
  contract: [],
  markdown: [],
};

describe("layout: imports", () => {
  const graph = new Map(sourceFiles().map((file) => [file, importsOf(file)]));

  it("lead only to the rooms that docs/architecture.md allows", () => {
    const wrong = [...graph].flatMap(([file, targets]) =>
      targets
        .filter((target) => roomOf(target) !== roomOf(file))
        .filter((target) => !ALLOWED[roomOf(file)]?.includes(roomOf(target)))
        .map((target) => `${file} -> ${target}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("of the tests lead to no file of app/, so that a team can replace it", () => {
    const tests = sourceFiles(/^test\//);
    assert.ok(tests.length > 100);
    const wrong = tests.flatMap((file) =>
      importsOf(file)
        .filter((target) => roomOf(target) === "app")
        .map((target) => `${file} -> ${target}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("form no circle, types included", () => {
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]) => {
      const start = path.indexOf(file);
      if (start >= 0) circles.push([...path.slice(start), file].join(" -> "));
      if (start >= 0 || done.has(file)) return;
      for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
    assert.deepEqual(circles, []);
  });
});
