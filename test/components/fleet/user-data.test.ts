import assert from "node:assert/strict";
import { InputPropertiesError } from "@pulumi/pulumi";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { z } from "zod";
import { type ServiceUserData, serviceUserData } from "../../../components/fleet/user-data";

const SERVICE: ServiceUserData = {
  service: "records",
  artifactUrl: "s3://bucket/web/1.0.0.js",
  environment: { PORT: "8080", COLOR: "blue", APP_URL: "http://inner.example.com" },
  stopTimeoutSeconds: 45,
};

const CLOUD_CONFIG = z.strictObject({
  packages: z.array(z.string()),
  write_files: z.array(z.strictObject({ path: z.string(), content: z.string() })),
  runcmd: z.array(z.array(z.string())),
});

/** The user data as cloud-init parses it, without the template. */
function read(changes: Partial<ServiceUserData> = {}) {
  const text = serviceUserData({ ...SERVICE, ...changes });
  const [template, header] = text.split("\n");
  assert.equal(template, "## template: jinja");
  assert.equal(header, "#cloud-config");
  const config = CLOUD_CONFIG.parse(parse(text.slice(text.indexOf("\n") + 1)));
  const files = Object.fromEntries(config.write_files.map((file) => [file.path, file.content]));
  return { ...config, files, environment: files["/etc/records/environment"] };
}

function messageOf(changes: Partial<ServiceUserData>): string | undefined {
  try {
    serviceUserData({ ...SERVICE, ...changes });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof InputPropertiesError, String(error));
    return error.message.replace("serviceUserData: ", "");
  }
}

describe("user data", () => {
  it("user data: fetches one file and runs it as a service", () => {
    const { packages, runcmd } = read();
    assert.deepEqual(packages, ["nodejs22"]);
    assert.deepEqual(runcmd, [
      ["mkdir", "-p", "/opt/records"],
      ["aws", "s3", "cp", "s3://bucket/web/1.0.0.js", "/opt/records/main.js"],
      ["chmod", "0644", "/opt/records/main.js"],
      ["systemctl", "daemon-reload"],
      ["systemctl", "enable", "--now", "records.service"],
    ]);
  });

  it("user data: has a unit that drains on SIGTERM, restarts after every crash, and has few permissions", () => {
    const unit = read().files["/etc/systemd/system/records.service"];
    assert.equal(
      unit,
      `[Unit]
Description=records
Wants=network-online.target
After=network-online.target
# It is for the load balancer to judge a server that keeps failing; systemd goes on trying.
StartLimitIntervalSec=0

[Service]
EnvironmentFile=/etc/records/environment
ExecStart=/usr/bin/node /opt/records/main.js
DynamicUser=yes
Restart=always
RestartSec=2
KillSignal=SIGTERM
TimeoutStopSec=45
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
`,
    );
  });

  it("user data: starts only the file with the given SHA-256", () => {
    const sha256 = "0123456789abcdef".repeat(4);
    const { files } = read({ sha256 });
    assert.equal(files["/etc/records/artifact.sha256"], `${sha256}  /opt/records/main.js\n`);
    const unit = files["/etc/systemd/system/records.service"] ?? "";
    const check = unit.indexOf("ExecStartPre=/usr/bin/sha256sum --check /etc/records/artifact.sha256\n");
    assert.ok(check > 0 && check < unit.indexOf("ExecStart=/usr/bin/node"));
    assert.equal(
      messageOf({ sha256: "ABC" }),
      'sha256 must be 64 hexadecimal digits in lower case, got "ABC".',
    );
  });

  it("user data: has the environment of the service, sorted, with the id of the instance", () => {
    assert.equal(
      read().environment,
      'APP_URL="http://inner.example.com"\nCOLOR="blue"\nINSTANCE_ID="{{ v1.instance_id }}"\nPORT="8080"\n',
    );
  });

  it("user data: fetches certificate authorities for Node before the start", () => {
    const certificateAuthorityUrl = "https://example.com/authorities.pem";
    const { environment, runcmd } = read({ certificateAuthorityUrl });
    assert.match(environment ?? "", /^NODE_EXTRA_CA_CERTS="\/etc\/records\/authorities\.pem"$/m);
    const fetched = runcmd.findIndex((command) => command[0] === "curl");
    assert.deepEqual(runcmd[fetched]?.slice(-3), [
      "-o",
      "/etc/records/authorities.pem",
      certificateAuthorityUrl,
    ]);
    assert.ok(fetched >= 0 && fetched < runcmd.findIndex((command) => command.includes("enable")));
  });

  it("user data: is the same, byte for byte, for any order of the environment", () => {
    const entries = Object.entries(SERVICE.environment);
    const reversed = Object.fromEntries([...entries].reverse());
    assert.equal(serviceUserData({ ...SERVICE, environment: reversed }), serviceUserData(SERVICE));
  });

  it("user data: contains every value unchanged, or rejects it", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string(),
      fc.constantFrom(
        "a\nb",
        'a"b',
        "a\\b",
        "{{ v1.region }}",
        "{% raw %}",
        "{# x #}",
        "\u0085",
        "\u2028",
        "a\rb",
        "\u007f",
        "$HOME %n `id`",
      ),
    );
    let accepted = 0;
    fc.assert(
      fc.property(value, (given) => {
        const environment = { VALUE: given };
        if (messageOf({ environment }) !== undefined) return;
        accepted += 1;
        const lines = read({ environment }).environment?.split("\n") ?? [];
        assert.deepEqual(lines, ['INSTANCE_ID="{{ v1.instance_id }}"', `VALUE="${given}"`, ""]);
        assert.doesNotMatch(given, /["\\]|\{\{|\{%|\{#/);
      }),
      { numRuns: 500 },
    );
    assert.ok(accepted > 50, `only ${accepted} were accepted`);
  });

  it("user data: rejects values that would end their line, without showing them", () => {
    for (const secret of [
      'x"\nEVIL="y',
      "x\nEVIL=y",
      "x\\",
      'x" y',
      "{{ hostvars }}",
      "{% if x %}",
      "{# x",
      "tür",
      "x\u2028y",
    ]) {
      assert.equal(
        messageOf({ environment: { TOKEN: secret } }),
        "environment.TOKEN must be printable ASCII without line breaks, double quotes, backslashes, {{, {% and {#, got a " +
          "value with other characters. Let the service fetch such a value itself, or encode it.",
      );
    }
    assert.match(
      messageOf({ artifactUrl: "s3://bucket/{{ x }}" }) ?? "",
      /^artifactUrl must be printable ASCII/,
    );
    assert.match(
      messageOf({ certificateAuthorityUrl: "https://x\n" }) ?? "",
      /^certificateAuthorityUrl must be /,
    );
  });

  it("user data: rejects a file that is not in S3, and an invalid timeout", () => {
    for (const artifactUrl of ["", "https://example.com/web.js", "s3://bucket", "s3://bucket/"])
      assert.match(messageOf({ artifactUrl }) ?? "", /^artifactUrl must be the URL of an object in S3/);
    for (const stopTimeoutSeconds of [0, 1.5, 7201, Number.NaN])
      assert.match(
        messageOf({ stopTimeoutSeconds }) ?? "",
        /^stopTimeoutSeconds must be an integer from 1 to 7200, /,
      );
  });

  it("user data: rejects names that a unit or its environment cannot have", () => {
    for (const key of ["", "port", "1PORT", "A B", "A=B", "A\nB"])
      assert.match(
        messageOf({ environment: { [key]: "x" } }) ?? "",
        /^environment.+ must be a name of upper-case/,
      );
    for (const service of ["", "Records", "a/b", "../x", "a b", "1a"])
      assert.match(messageOf({ service }) ?? "", /^service must be a name of lower-case letters/);
  });

  it("user data: rejects more than EC2 accepts", () => {
    assert.match(
      messageOf({ environment: { LONG: "x".repeat(16_384) } }) ?? "",
      /^environment must be short enough for 16384 bytes of user data, got variables that result in \d+ bytes\./,
    );
  });
});
