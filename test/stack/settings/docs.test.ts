import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { settingsTable } from "../../../stack/settings/docs";
import { parseSettings } from "../../../stack/settings/parse-settings";
import { settingRows } from "../../../stack/settings/settings";
import { MINIMAL } from "./support";

const root = path.resolve(__dirname, "../../..");
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8");

describe("settings docs", () => {
  it("the README has a row of four cells for each setting", () => {
    const [head, rule, ...rows] = settingsTable().split("\n");
    assert.equal(head, "| Key | Meaning | Allowed | Default |");
    assert.equal(rule, "| --- | --- | --- | --- |");
    assert.deepEqual(
      rows.map((row) => /^\| `([\w.]+)` \| [^|]+ \| [^|]+ \| [^|]+ \|$/.exec(row)?.[1]),
      settingRows().map(([key]) => key),
    );
  });

  it("Pulumi.yaml gives the types and the defaults of the program", () => {
    const { config } = z
      .object({
        config: z.record(
          z.string(),
          z.strictObject({ type: z.string(), description: z.string().min(10), default: z.unknown() }),
        ),
      })
      .parse(parse(read("Pulumi.yaml")));
    const https = { live: "blue", blueVersion: "1.0.0", domainName: "a.example.com", hostedZoneId: "Z1" };
    const settings: Record<string, unknown> = parseSettings(https, "dev");
    const types: Record<string, string> = { string: "string", number: "integer", boolean: "boolean" };
    for (const [key, declared] of Object.entries(config)) {
      assert.equal(declared.default, settings[key], key);
      assert.equal(declared.type, types[typeof settings[key]], key);
    }
    const withDefault = settingRows().filter(([key, setting]) => !key.includes(".") && "default" in setting);
    assert.deepEqual(
      Object.keys(config),
      withDefault.map(([key]) => key),
    );
  });

  it("a default is the value that the program uses", () => {
    const settings: Record<string, unknown> = parseSettings(MINIMAL, "dev");
    for (const [key, setting] of settingRows()) {
      const [group = "", name] = key.split(".");
      const value = name ? (settings[group] as Record<string, unknown>)[name] : settings[group];
      if (!(key in MINIMAL) && key !== "name") assert.equal(value, setting.default, key);
    }
  });

  it("Pulumi.dev.yaml is a valid stack", () => {
    const { config } = z
      .object({ config: z.record(z.string(), z.unknown()) })
      .parse(parse(read("Pulumi.dev.yaml")));
    const prefix = "changeover:";
    const own = Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [
        key.slice(prefix.length),
        typeof value === "object" ? JSON.stringify(value) : String(value),
      ]);
    const settings = parseSettings(Object.fromEntries(own), "dev");
    assert.equal(settings.web.maxInstances, 4);
    assert.equal(settings.database.multiAz, false);
    assert.equal(settings.protect, false);
    assert.equal(typeof config["aws:region"], "string");
  });
});
