import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readEnvironmentFile, readUnitFile } from "../../../simulator/instances/unit-file";
import { readUserData } from "../../../simulator/instances/user-data";

const facts = { instanceId: "i-1", localIpv4: "127.0.0.1", region: "eu-central-1" };
const encode = (text: string) => Buffer.from(text).toString("base64");

describe("simulator: user data", () => {
  it("user data: reads a cloud-config, with templates and gzip", () => {
    const text = '#cloud-config\nwrite_files:\n  - {path: /etc/id, content: "{{ v1.instance_id }}"}\n';
    assert.equal(readUserData(encode(text), facts).files[0]?.content, "{{ v1.instance_id }}");
    const template = `## template: jinja\n${text}`;
    assert.equal(readUserData(encode(template), facts).files[0]?.content, "i-1");
    const zipped = gzipSync(template).toString("base64");
    assert.equal(readUserData(zipped, facts).files[0]?.content, "i-1");
  });

  it("user data: rejects unsupported content with its reason", () => {
    const read = (text: string) => () => readUserData(encode(text), facts);
    assert.throws(
      read("<powershell>"),
      /must begin with #cloud-config or #!\/bin\/bash .* got "<powershell>"/,
    );
    assert.throws(
      read("## template: jinja\n#cloud-config\na: {{ v1.cloud }}"),
      /v1.instance_id, .* got \{\{ v1.cloud \}\}/,
    );
    assert.throws(
      read("#cloud-config\nbootcmd: [ls]"),
      /Unrecognized key: "bootcmd"[\s\S]*The simulator carries out #cloud-config with packages, write_files and runcmd/,
    );
    assert.throws(read("#cloud-config\nwrite_files: [{path: relative}]"), /must start with "\/"/);
  });
});

describe("simulator: systemd unit", () => {
  it("systemd unit: reads command, environment, restart and stop settings", () => {
    const unit = readUnitFile(
      "web.service",
      [
        "[Unit]",
        "After=network.target",
        "[Service]",
        "# a comment",
        'Environment="A=1 2" B=3',
        "EnvironmentFile=-/etc/web",
        "ExecStartPre=/usr/bin/sha256sum --check /etc/web.sha256",
        'ExecStart=/usr/bin/node --title "my web" /opt/web.js',
        "Restart=on-failure",
        "RestartSec=2",
        "KillSignal=SIGINT",
        "TimeoutStopSec=1min",
        "ProtectSystem=strict",
      ].join("\n"),
    );
    assert.deepEqual(unit, {
      execStartPre: [["/usr/bin/sha256sum", "--check", "/etc/web.sha256"]],
      execStart: ["/usr/bin/node", "--title", "my web", "/opt/web.js"],
      workingDirectory: undefined,
      environment: { A: "1 2", B: "3" },
      environmentFiles: ["-/etc/web"],
      restart: "on-failure",
      restartSeconds: 2,
      killSignal: "SIGINT",
      stopSeconds: 60,
    });
  });

  it("systemd unit: rejects unsupported directives", () => {
    const read = (line: string) => () =>
      readUnitFile("a.service", `[Service]\nExecStart=/usr/bin/node\n${line}`);
    assert.throws(
      read("ExecStartPost=/bin/sleep 1"),
      /a.service: "ExecStartPost=\/bin\/sleep 1" is not supported/,
    );
    assert.throws(read("TimeoutStopSec=soon"), /TimeoutStopSec must .* got soon/);
    assert.throws(() => readUnitFile("a.service", "[Service]"), /must have an ExecStart/);
  });

  it("systemd unit: reads environment files", () => {
    const text = "# comment\nA=1\n\n B=\"two words\" \nC='x=y'\n";
    assert.deepEqual(readEnvironmentFile(text), { A: "1", B: "two words", C: "x=y" });
  });
});
