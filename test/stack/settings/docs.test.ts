import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { settingsTable } from "../../../stack/settings/docs";
import { parseSettings } from "../../../stack/settings/parse-settings";
import { SETTINGS, settingRows } from "../../../stack/settings/settings";
import { MINIMAL } from "./support";

const root = path.resolve(__dirname, "../../..");
const readYaml = (file: string): unknown => parse(fs.readFileSync(path.join(root, file), "utf8"));

const PROJECT = z.object({
  name: z.literal("changeover"),
  config: z.record(
    z.string(),
    z.strictObject({
      type: z.enum(["string", "boolean", "integer", "array"]),
      description: z.string().min(10),
      default: z.union([z.string(), z.boolean(), z.number()]),
    }),
  ),
});

describe("Pulumi.yaml", () => {
  const { config } = PROJECT.parse(readYaml("Pulumi.yaml"));
  // What a stack serves by HTTPS, so that allowPlainHttp has its default too.
  const https = { live: "blue", blueVersion: "1.0.0", domainName: "a.example.com", hostedZoneId: "Z1" };
  const defaults: Record<string, unknown> = parseSettings(https, "dev");

  it("declares only settings that there are", () => {
    const known = Object.keys(SETTINGS);
    assert.deepEqual(
      Object.keys(config).filter((key) => !known.includes(key)),
      [],
    );
  });

  for (const [key, declared] of Object.entries(config)) {
    it(`gives ${key} the type and the default that the program gives it`, () => {
      const own = defaults[key];
      assert.equal(declared.default, own);
      const types: Record<string, string> = { string: "string", number: "integer", boolean: "boolean" };
      assert.equal(declared.type, types[typeof own]);
    });
  }
});

describe("Pulumi.dev.yaml", () => {
  const stack = z.object({ config: z.record(z.string(), z.unknown()) }).parse(readYaml("Pulumi.dev.yaml"));

  it("is a stack that nothing is wrong with", () => {
    const prefix = "changeover:";
    const raw = Object.entries(stack.config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [
        key.slice(prefix.length),
        typeof value === "object" ? JSON.stringify(value) : String(value),
      ]);
    const settings = parseSettings(Object.fromEntries(raw), "dev");
    assert.equal(settings.web.maxInstances, 4);
    assert.equal(settings.database.multiAz, false);
    assert.equal(settings.protect, false);
  });

  it("says where it stands", () => assert.equal(typeof stack.config["aws:region"], "string"));
});

describe("the table of settings", () => {
  it("has a row of four cells for each setting", () => {
    const [head, rule, ...rows] = settingsTable().trimEnd().split("\n");
    assert.equal(head, "| Key | Meaning | Allowed | Default |");
    assert.equal(rule, "| --- | --- | --- | --- |");
    assert.deepEqual(
      rows.map((row) => /^\| `([\w.]+)` \| [^|]+ \| [^|]+ \| [^|]+ \|$/.exec(row)?.[1]),
      settingRows().map(([key]) => key),
    );
  });

  it("says the defaults that the program takes", () => {
    const defaults: Record<string, unknown> = parseSettings(MINIMAL, "dev");
    for (const [key, setting] of settingRows()) {
      const [group = "", name] = key.split(".");
      const value = name ? (defaults[group] as Record<string, unknown>)[name] : defaults[group];
      if (value !== undefined && !(key in MINIMAL) && key !== "name")
        assert.equal(setting.default, String(value), key);
    }
  });

  it("stands in the README as it is", () => {
    const readme = path.join(root, "README.md");
    const text = fs.existsSync(readme) ? fs.readFileSync(readme, "utf8") : "";
    const between = /<!-- settings -->\n([\s\S]*?)<!-- \/settings -->/.exec(text)?.[1];
    assert.equal(
      between?.trim(),
      settingsTable().trim(),
      "README.md is behind: put settingsTable() between its markers",
    );
  });
});
