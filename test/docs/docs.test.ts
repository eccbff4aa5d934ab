import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, it } from "mocha";
import { program } from "../../cli/commands";
import { parseCommandLine } from "../../cli/parse-command-line";
import { settingRows } from "../../stack/settings/settings";
import { declare } from "../support/stack";
import { anchorsIn, commandsIn, linksIn, pages, ROOT } from "./markdown";

const all = pages();
const commands = all.flatMap(commandsIn);
const commandsStartingWith = (...start: string[]) =>
  commands.filter(({ words }) => start.every((word, index) => words[index] === word));

/** Subcommands and flags of the Pulumi CLI that the docs use. @see https://www.pulumi.com/docs/iac/cli/commands/ */
const PULUMI: Readonly<Record<string, readonly string[]>> = {
  cancel: [],
  "config set": ["--path", "--secret"],
  destroy: [],
  install: [],
  "package add": [],
  preview: ["--diff"],
  refresh: [],
  "stack init": ["--secrets-provider"],
  "stack output": ["--json", "--show-secrets"],
  "stack rm": [],
  "stack export": ["--version"],
  "stack import": [],
  "stack select": [],
  "state move": ["--source", "--dest"],
  up: [],
};

describe("commands in the docs", function () {
  this.timeout(120_000); // One test evaluates the program.

  it("docs: run only programs whose commands are checked here", () => {
    const known = new Set(["aws", "mkdir", "node", "npm", "npx", "pulumi", "tar"]);
    assert.deepEqual(
      commands.filter(({ words }) => !known.has(words[0] ?? "")),
      [],
    );
    assert.ok(commands.length > 40, "the blocks of commands are found");
  });

  it("docs: run scripts that package.json has", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
    const wanted = [
      ...commandsStartingWith("npm", "run").map(({ file, words }) => ({ file, script: words[2] })),
      ...commandsStartingWith("npm", "start").map(({ file }) => ({ file, script: "start" })),
      ...commandsStartingWith("npm", "test").map(({ file }) => ({ file, script: "test" })),
    ];
    assert.deepEqual(
      wanted.filter(({ script }) => !(script && script in scripts)),
      [],
    );
  });

  it("docs: use the AWS CLI only to copy objects", () => {
    const copies = commandsStartingWith("aws", "s3", "sync");
    assert.deepEqual(commandsStartingWith("aws"), copies);
    for (const { file, words } of copies) assert.match(words[3] ?? "", /^s3:\/\/[^/]+\/./, file);
  });

  it("docs: use Node.js only to run tests", () => {
    const tests = commandsStartingWith("node", "--import", "tsx", "--test");
    assert.deepEqual(commandsStartingWith("node"), tests);
    for (const { file, words } of tests) assert.match(words[4] ?? "", /^[\w-]+\.test\.ts$/, file);
  });

  it("docs: use npm only to install and to run scripts", () => {
    const others = commandsStartingWith("npm").filter(
      ({ words }) => !["run", "start", "test", "ci", "install"].includes(words[1] ?? ""),
    );
    assert.deepEqual(others, []);
  });

  it("docs: use npx only for changeover", () => {
    const others = commandsStartingWith("npx").filter(({ words }) => words[1] !== "changeover");
    assert.deepEqual(others, []);
  });

  it("docs: give `npm start` options that the rehearsal has", () => {
    for (const { words } of commandsStartingWith("npm", "start"))
      assert.doesNotThrow(
        () => parseCommandLine(["rehearse", ...words.slice(3)], program, {}),
        words.join(" "),
      );
  });

  it("docs: call Pulumi with subcommands and flags that it has", () => {
    for (const { file, words } of commandsStartingWith("pulumi")) {
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

  it("docs: set keys and values that the program accepts", () => {
    const settings = new Map(settingRows());
    for (const { file, words } of commandsStartingWith("pulumi", "config", "set")) {
      const [key = "", value] = words.slice(3).filter((word) => !word.startsWith("--"));
      if (key === "KEY" || key === "aws:region") continue;
      const setting = settings.get(key);
      assert.ok(setting, `${file}: there is no setting ${key}`);
      assert.ok(value !== undefined, `${file}: ${words.join(" ")} sets nothing`);
      const { success } = setting.schema.safeParse(value);
      assert.ok(success, `${file}: ${key} does not take ${value}; allowed is ${setting.allowed}`);
    }
  });

  it("docs: read outputs that the stack has", async () => {
    const { graph } = await declare(
      { live: "blue", blueVersion: "1.0.0", allowPlainHttp: true },
      { stack: "docs" },
    );
    for (const { file, words } of commandsStartingWith("pulumi", "stack", "output")) {
      // Without a name, all outputs.
      const [output] = words.slice(3).filter((word) => !/^(--|>)/.test(word) && !word.endsWith(".json"));
      assert.ok(output === undefined || output in graph.outputs, `${file}: ${words.join(" ")}`);
    }
  });
});

describe("links in the docs", () => {
  for (const page of all) {
    it(`docs: links of ${page.file} have a target`, () => {
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
  it("docs: name settings that exist", () => {
    const keys = new Set(settingRows().map(([key]) => key));
    const groups = new Set([...keys].filter((key) => key.includes(".")).map((key) => key.split(".")[0]));
    for (const { file, text } of all.filter(({ file }) => file.startsWith("docs"))) {
      for (const [, key = ""] of text.matchAll(/`([a-z]+\.[a-zA-Z]+)`/g)) {
        if (groups.has(key.split(".")[0])) assert.ok(keys.has(key), `${file}: there is no setting ${key}`);
      }
    }
  });
});
