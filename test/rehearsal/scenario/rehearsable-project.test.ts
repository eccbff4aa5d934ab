import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { rehearsableProject } from "../../../rehearsal/scenario/rehearsable-project";

describe("rehearsable project", () => {
  let folder: string;
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
  };
  const check = (stack?: string) => rehearsableProject({ programDirectory: folder, stack }).name;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-project-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("has the project's own name, with the setting live in either file", () => {
    write({ "Pulumi.yaml": "name: shop\nruntime: nodejs\n", "app/index.ts": "" });
    write({ "Pulumi.dev.yaml": "config:\n  shop:live: blue\n" });
    assert.equal(check(), "shop");
    write({ "Pulumi.yaml": "name: shop\nruntime: nodejs\nconfig:\n  live: blue\n", "Pulumi.dev.yaml": "" });
    assert.equal(check(), "shop");
    write({ "Pulumi.trial.yaml": "" });
    assert.equal(check("trial"), "shop");
  });

  it("needs neither the setting live nor app/index.ts with a rehearsal.ts, which is checked by an evaluation", () => {
    write({ "Pulumi.yaml": "name: kiosk\nruntime: nodejs\n", "Pulumi.dev.yaml": "", "rehearsal.ts": "" });
    assert.equal(check(), "kiosk");
  });

  it("has a domain if plain HTTP is a setting of its own", () => {
    const hasDomain = () => rehearsableProject({ programDirectory: folder }).hasDomain;
    const config = (...keys: string[]) =>
      `name: shop\nruntime: nodejs\nconfig:\n${keys.map((key) => `  ${key}: ""\n`).join("")}`;
    write({ "Pulumi.dev.yaml": "", "app/index.ts": "" });
    write({ "Pulumi.yaml": config("live") });
    assert.equal(hasDomain(), false);
    write({ "Pulumi.yaml": config("live", "allowPlainHttp") });
    assert.equal(hasDomain(), true);
  });

  it("is rejected with everything that it lacks", () => {
    write({ "Pulumi.yaml": "name: shop\nruntime: nodejs\n" });
    assert.throws(check, (error: Error) => {
      assert.match(error.message, /^Pulumi\.dev\.yaml must exist/);
      assert.match(error.message, /must have the setting live\..* blueVersion and greenVersion/);
      assert.match(error.message, /\nrehearsal\.ts must exist .* or app\/index\.ts/);
      return true;
    });
  });
});
