import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, it } from "mocha";
import { parseOptions } from "../../cli/rehearse/options";
import { settingRows } from "../../stack/settings/settings";
import { anchorsIn, commandsIn, linksIn, pages, ROOT } from "./markdown";

const all = pages();
const commands = all.flatMap(commandsIn);
const of = (...start: string[]) =>
  commands.filter(({ words }) => start.every((word, index) => words[index] === word));

/** What the docs ask of Pulumi: subcommands and flags that its CLI has. @see https://www.pulumi.com/docs/iac/cli/commands/ */
const PULUMI: Readonly<Record<string, readonly string[]>> = {
  cancel: [],
  "config set": ["--path", "--secret"],
  destroy: [],
  install: [],
  "package add": [],
  preview: ["--diff"],
  refresh: [],
  "stack init": ["--secrets-provider"],
  "stack output": ["--show-secrets"],
  "stack rm": [],
  "stack export": [],
  up: [],
};

describe("commands in the docs", () => {
  it("are of programs whose commands are checked here", () => {
    const known = new Set(["mkdir", "npm", "pulumi", "tar"]);
    assert.deepEqual(
      commands.filter(({ words }) => !known.has(words[0] ?? "")),
      [],
    );
    assert.ok(commands.length > 40, "the blocks of commands are found");
  });

  it("run scripts that package.json has", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
    const wanted = [
      ...of("npm", "run").map(({ file, words }) => ({ file, script: words[2] })),
      ...of("npm", "start").map(({ file }) => ({ file, script: "start" })),
      ...of("npm", "test").map(({ file }) => ({ file, script: "test" })),
    ];
    assert.deepEqual(
      wanted.filter(({ script }) => !(script && script in scripts)),
      [],
    );
  });

  it("call npm for nothing else but installing", () => {
    const others = of("npm").filter(
      ({ words }) => !["run", "start", "test", "ci", "install"].includes(words[1] ?? ""),
    );
    assert.deepEqual(others, []);
  });

  it("give `npm start` options that the rehearsal has", () => {
    for (const { words } of of("npm", "start"))
      assert.doesNotThrow(() => parseOptions(words.slice(3), 3), words.join(" "));
  });

  it("call Pulumi with subcommands and flags that it has", () => {
    for (const { file, words } of of("pulumi")) {
      const name = Object.keys(PULUMI).find((each) => words.slice(1).join(" ").startsWith(each));
      assert.ok(name, `${file}: pulumi ${words.slice(1).join(" ")}`);
      const flags = words.filter((word) => word.startsWith("--"));
      assert.deepEqual(
        flags.filter((flag) => !PULUMI[name]?.includes(flag)),
        [],
        `${file}: ${words.join(" ")}`,
      );
    }
  });

  it("set keys and values that the program takes", () => {
    const settings = new Map(settingRows());
    for (const { file, words } of of("pulumi", "config", "set")) {
      const [key = "", value] = words.slice(3).filter((word) => !word.startsWith("--"));
      if (key === "KEY" || key === "aws:region") continue;
      const setting = settings.get(key);
      assert.ok(setting, `${file}: there is no setting ${key}`);
      assert.ok(value !== undefined, `${file}: ${words.join(" ")} sets nothing`);
      const { success } = setting.schema.safeParse(value);
      assert.ok(success, `${file}: ${key} does not take ${value}; allowed is ${setting.allowed}`);
    }
  });

  it("read outputs that the stack has", () => {
    const program = readFileSync(join(ROOT, "index.ts"), "utf8");
    const outputs = program.slice(program.lastIndexOf("\n  return {"));
    for (const { file, words } of of("pulumi", "stack", "output")) {
      assert.match(outputs, new RegExp(`^    ${words[3]}[:,]`, "m"), `${file}: ${words.join(" ")}`);
    }
  });
});

describe("links in the docs", () => {
  for (const page of all.filter(({ file }) => !file.startsWith(join("docs", "reference")))) {
    it(`of ${page.file} lead somewhere`, () => {
      for (const link of linksIn(page)) {
        const [path = "", anchor] = link.split("#");
        const file = path === "" ? page.file : normalize(join(dirname(page.file), path));
        assert.ok(existsSync(join(ROOT, file)), `${link}: there is no ${file}`);
        if (anchor === undefined) continue;
        const anchors = anchorsIn({ file, text: readFileSync(join(ROOT, file), "utf8") });
        assert.ok(anchors.has(anchor), `${link}: ${file} has no such heading`);
      }
    });
  }
});

describe("settings in the docs", () => {
  it("are named as they are", () => {
    const keys = new Set(settingRows().map(([key]) => key));
    const groups = new Set([...keys].filter((key) => key.includes(".")).map((key) => key.split(".")[0]));
    for (const { file, text } of all.filter(
      ({ file }) => !file.includes("reference") && file.startsWith("docs"),
    )) {
      for (const [, key = ""] of text.matchAll(/`([a-z]+\.[a-zA-Z]+)`/g)) {
        if (groups.has(key.split(".")[0])) assert.ok(keys.has(key), `${file}: there is no setting ${key}`);
      }
    }
  });
});
