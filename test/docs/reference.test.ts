import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { getPulumiComponents } from "@pulumi/pulumi/provider/experimental/provider";
import { after, before, describe, it } from "mocha";
import * as components from "../../components/index";
import { specOf } from "../../components/package-provider";
import { formatDefault } from "../../components/validation/find-issues";
import { writeReference } from "../../packaging/reference";

describe("reference of the components", function () {
  this.timeout(300_000); // Typedoc reads the types of all AWS resources.
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-reference-"));
    writeReference(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("reference: has a page for every export", () => {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const pages = new Set(files.map((file) => basename(file, ".md")));
    assert.deepEqual(
      Object.keys(components).filter((name) => !pages.has(name)),
      [],
    );
  });

  it("reference: has the default of every optional arg, as in the spec of the component", () => {
    const plain = (text: string) => text.replaceAll("`", "");
    const wrong = getPulumiComponents(components).flatMap((component) => {
      const page = readFileSync(join(folder, "interfaces", `${component.name}Args.md`), "utf8");
      const rows = page.split("\n");
      return Object.entries(specOf(component).args)
        .map(([key, spec]) => ({ key, text: formatDefault(spec) }))
        .filter(({ key, text }) => {
          const row = rows.find((line) => line.includes(`id="property-${key.toLowerCase()}"`)) ?? "";
          return text === undefined
            ? row.includes("**Default**")
            : !["|", "**See**"].some((next) => plain(row).includes(`**Default** ${plain(text)} ${next}`));
        })
        .map(({ key, text }) => `${component.name}.${key}: ${text}`);
    });
    assert.deepEqual(wrong, []);
  });
});
