import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { describe, it } from "mocha";
import type { CommandDefinition } from "../../cli/command";
import { program } from "../../cli/commands";
import { generatedBlocks } from "../../cli/docs";
import { EXIT_CODES } from "../../cli/exit-codes";
import { writeBlocks } from "../../cli/generated-text";
import { CommandLineError, type ParsedCommand, parseCommandLine } from "../../cli/parse-command-line";
import { runCommandLine } from "../../cli/run-command-line";
import { changeover, ROOT } from "./changeover";

/** Runs a command line in this process, up to its first wait. */
async function run(...args: string[]) {
  let [stdout, stderr] = ["", ""];
  const status = await runCommandLine(args, {
    env: {},
    signal: new AbortController().signal,
    write: async (text) => {
      stdout += text;
    },
    log: (message) => {
      stderr += `${message}\n`;
    },
  });
  return { status, stdout, stderr };
}

function parse(...args: string[]): ParsedCommand {
  const parsed = parseCommandLine(args, program, {});
  assert.ok(typeof parsed === "object");
  return parsed;
}

function issuesOf(...args: string[]): [key: string, got: string][] {
  try {
    parse(...args);
  } catch (error) {
    assert.ok(error instanceof CommandLineError);
    return error.cause.issues.map(({ key, got }) => [key, got]);
  }
  throw new Error("The command line was not rejected.");
}

/** Every command by its words, groups included. */
function allCommands(definition: CommandDefinition, words: readonly string[]): (readonly string[])[] {
  const children = "commands" in definition ? definition.commands : [];
  return [words, ...children.flatMap((child) => allCommands(child, [...words, child.name]))];
}

describe("changeover: command line", () => {
  it("every command prints its help, with examples and the meaning of its exit statuses", async () => {
    const commands = allCommands(program, []);
    assert.ok(commands.length > 20);
    for (const words of commands) {
      const { status, stdout, stderr } = await run(...words, "--help");
      assert.deepEqual([status, stderr], [0, ""], words.join(" "));
      assert.match(stdout, new RegExp(`^Usage: ${["changeover", ...words].join(" ")}\\b`));
      assert.match(stdout, /\nExamples:\n {2}changeover /);
    }
    const { stdout } = await run("rehearse", "--help");
    for (const [code, meaning] of Object.entries(EXIT_CODES.rehearse.meanings)) {
      assert.ok(stdout.includes(`  ${code.padEnd(3)}  ${meaning}`), meaning);
    }
  });

  it("examples in the help are accepted", () => {
    const visit = (definition: CommandDefinition): void => {
      for (const [line] of definition.examples) {
        const [, ...args] = line.split(" ");
        const env = { DATABASE_URL: "postgres://a:b@localhost/c", PGPASSWORD: "d" };
        assert.ok(typeof parseCommandLine(args, program, env) === "object", line);
      }
      if ("commands" in definition) definition.commands.forEach(visit);
    };
    visit(program);
  });

  it("a wrong value is one sentence with the key, the allowed values and the value", async () => {
    assert.deepEqual(await run("rehearse", "--rate", "x"), {
      status: 2,
      stdout: "",
      stderr: '--rate must be a whole number from 1 to 2000, got "x". Run changeover rehearse --help.\n',
    });
  });

  it("all wrong values of a command line are reported at once", () => {
    assert.deepEqual(issuesOf("rehearse", "--rate", "0", "--bake", "601", "--engine", "none"), [
      ["--engine", '"none"'],
      ["--rate", '"0"'],
      ["--bake", '"601"'],
    ]);
  });

  it("a misspelt option or command is answered with a suggestion", async () => {
    const option = await run("rehearse", "--qick");
    assert.equal(
      option.stderr,
      "Unknown option '--qick'. Did you mean --quick? Run changeover rehearse --help.\n",
    );
    const command = await run("migrate", "exapnd");
    assert.equal(
      command.stderr,
      "Unknown command 'exapnd'. Did you mean expand? Run changeover migrate --help.\n",
    );
  });

  it("a missing command is rejected with the commands that there are", async () => {
    const { status, stdout, stderr } = await run("migrate");
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(
      stderr,
      /^command must be new, import, check, status, dry-run, expand or contract, got nothing\./,
    );
  });

  it("an option in the place of a value is rejected, and the value is not shown", async () => {
    const { status, stderr } = await run("migrate", "status", "--database-url", "--secret");
    assert.equal(status, 2);
    assert.match(stderr, /^--database-url must be followed by a value\./);
    assert.ok(!stderr.includes("secret"));
    assert.match((await run("preview", "--base", "main", "--head", "--oops")).stderr, /^--head must be/);
  });

  it("options and arguments that a command does not have are rejected before it runs", async () => {
    for (const command of ["build", "pack", "schema", "docs tables", "docs reference", "bench balancer"]) {
      for (const wrong of ["--hlep", "extra"]) {
        const { status, stdout, stderr } = await run(...command.split(" "), wrong);
        assert.deepEqual([status, stdout], [2, ""], command);
        assert.ok(stderr.includes(wrong) && stderr.endsWith(` Run changeover ${command} --help.\n`), stderr);
      }
    }
  });

  it("a rejected option of preview ends with 1, because 2 says that something changes", async () => {
    assert.equal((await run("preview", "--bass", "x")).status, 1);
    assert.equal((await run("bench", "migrations", "--quik")).status, 1);
  });

  it("errors are one line of JSON when --json is given", async () => {
    const usage = await run("lint", "--from", "x", "--json");
    assert.deepEqual([usage.status, usage.stdout], [2, ""]);
    assert.deepEqual(JSON.parse(usage.stderr).error, {
      code: "usage",
      message: '--from must be a whole number from 1 to 9999, got "x". Run changeover lint --help.',
      command: "changeover lint",
      issues: [{ key: "--from", allowed: "a whole number from 1 to 9999", got: '"x"' }],
    });
    const input = await run("lint", join(ROOT, "none"), "--json");
    assert.deepEqual([input.status, input.stdout], [2, ""]);
    assert.equal(JSON.parse(input.stderr).error.code, "input");
    const unknown = await run("preview", "--bass", "--format", "json");
    assert.equal(JSON.parse(unknown.stderr).error.command, "changeover preview");
  });

  it("files that a command wrote are listed as JSON when --json is given", async () => {
    const { status, stdout } = await run("build", "--json");
    assert.equal(status, 0);
    const bundles: { file: string; sha256: string }[] = JSON.parse(stdout);
    assert.ok(bundles.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256)));
    const text = await run("build");
    assert.equal(text.stdout, bundles.map(({ file, sha256 }) => `${file} ${sha256}\n`).join(""));
  });

  it("options of rehearse have the defaults of a full and of a quick rehearsal", () => {
    const common = {
      ...{
        programDirectory: ROOT,
        stack: undefined,
        json: undefined,
        verbose: false,
        faults: [],
        keep: false,
        journeysFile: undefined,
        recording: undefined,
        ratedByJourneys: false,
      },
      ...{ seed: 1, alarmTimeScale: 40, bootSeconds: 0, strategies: [] },
    };
    assert.deepEqual(parse("rehearse").input, {
      ...{ ...common, requestsPerSecond: 200, bakeSeconds: 5, uploadSeconds: 3, drainSeconds: 8 },
      ...{ releases: 4, canaryPercent: 10, engine: undefined, again: true, command: "changeover rehearse" },
      report: join(ROOT, "dist", "rehearsal.html"),
    });
    assert.deepEqual(parse("rehearse", "--quick", "--json").input, {
      ...{ ...common, requestsPerSecond: 100, bakeSeconds: 0, uploadSeconds: 1, drainSeconds: 4 },
      ...{
        releases: 1,
        canaryPercent: 0,
        engine: "in-process",
        again: false,
        json: true,
        command: "changeover rehearse --quick",
      },
      report: undefined,
    });
    const replayed = parse("rehearse", "--replay", "mix.json").input as Record<string, unknown>;
    assert.deepEqual(
      [replayed.journeysFile, replayed.recording, replayed.ratedByJourneys],
      [resolve("mix.json"), undefined, true],
    );
    const recorded = parse("rehearse", "--record", "logs").input as Record<string, unknown>;
    assert.deepEqual(recorded.recording, { logs: "logs", file: "journeys.json" });
    assert.deepEqual(issuesOf("rehearse", "--fault", "slow-version", "--replay", "mix.json"), [
      ["--replay", "mix.json"],
    ]);
    assert.deepEqual(issuesOf("rehearse", "--report", "run.docx"), [["--report", '"run.docx"']]);
    const story = parse("rehearse", "--story").input as { strategies: string[]; bootSeconds: number };
    assert.deepEqual(story.strategies, ["stop", "streamlined", "window", "zero"]);
    assert.ok(story.bootSeconds > 0);
    const booting = parse("rehearse", "--boot", "60").input as { bootSeconds: number };
    assert.equal(booting.bootSeconds, 60);
    assert.deepEqual(issuesOf("rehearse", "--fault", "slow-version", "--boot", "5"), [["--boot", "5"]]);
    const chosen = parse("rehearse", "--quick", "--engine=cli", "--json", "figures.json", "--bake", "3");
    assert.deepEqual(
      [chosen.input].map((input) => {
        const { engine, json, bakeSeconds } = input as Record<string, unknown>;
        return { engine, json, bakeSeconds };
      }),
      [{ engine: "cli", json: "figures.json", bakeSeconds: 3 }],
    );
  });

  it("options that npm took from `npm start` are read as options of rehearse", () => {
    const inputOf = (env: Record<string, string>, ...args: string[]) => {
      const parsed = parseCommandLine(["rehearse", ...args], program, env);
      assert.ok(typeof parsed === "object");
      return parsed.input as { command: string; requestsPerSecond: number };
    };
    const started = { npm_lifecycle_event: "start", npm_config_quick: "true", npm_config_rate: "7" };
    assert.equal(inputOf(started).command, "changeover rehearse --quick --rate 7");
    assert.equal(inputOf(started, "--rate", "9").requestsPerSecond, 9);
    assert.equal(inputOf({ npm_config_quick: "true" }).command, "changeover rehearse");
    assert.throws(() => inputOf({ ...started, npm_config_rate: "fast" }), /--rate must be a whole number/);
  });

  it("numbers of the benchmarks are read and limited", () => {
    assert.deepEqual(parse("bench", "load").input, { seconds: 5, rates: [200, 500, 1000, 2000] });
    assert.deepEqual(parse("bench", "load", "2", "50").input, { seconds: 2, rates: [50] });
    assert.deepEqual(parse("bench", "preview", "1", "10").input, [1, 10]);
    assert.equal(parse("bench", "migrations-kill", "--kills", "10000").input, 10_000);
    assert.deepEqual(issuesOf("bench", "migrations-kill", "--kills", "10001"), [["--kills", '"10001"']]);
    assert.deepEqual(issuesOf("bench", "lint", "0"), [["statements", '"0"']]);
  });

  it("the help loads neither an engine nor the SDKs of Pulumi and AWS", () => {
    const script =
      "process.on('exit', () => console.error(Object.keys(require.cache).join('\\n')));" +
      "process.argv.push('--help'); require('./cli/changeover.js')";
    const { stderr } = spawnSync(process.execPath, ["-e", script], { cwd: ROOT, encoding: "utf8" });
    assert.match(stderr, /commander/);
    const loaded = stderr.split("\n").map((file) => file.replace(ROOT, ""));
    assert.deepEqual(
      loaded.filter((file) =>
        /^\/(aws|build\/(?!start\/)|engine|simulator|stack|components)\b|@pulumi|@aws-sdk/.test(file),
      ),
      [],
    );
  });

  it("runs as a program of its own, which ends with the command's status", () => {
    const { status, stdout, stderr } = changeover("lint", "--from", "0");
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^--from must be a whole number/);
  });
});

describe("changeover docs tables", () => {
  it("generated parts of the docs are current", () => {
    assert.deepEqual(
      writeBlocks(generatedBlocks, true),
      [],
      "Run `changeover docs tables` and commit these files.",
    );
  });

  it("changeover rehearse: describes its faults, and rejects others by name", async () => {
    const { status, stdout } = await run("rehearse", "--faults", "list");
    assert.equal(status, 0);
    assert.match(stdout, /^runner-killed\n {2}.+\n {2}Tolerated: .+\n {2}Expected: .+\n {2}On AWS: .+$/m);
    const { stdout: json } = await run("rehearse", "--faults", "list", "--json");
    assert.ok(JSON.parse(json).some(({ name }: { name: string }) => name === "database-away"));
    assert.deepEqual(issuesOf("rehearse", "--fault", "nope", "--fault", "database-away"), [
      ["--fault", '"nope"'],
    ]);
    assert.deepEqual(issuesOf("rehearse", "--faults", "some"), [["--faults", '"some"']]);
    assert.deepEqual(issuesOf("rehearse", "--faults", "all", "--releases", "2"), [["--releases", "2"]]);
  });
});
