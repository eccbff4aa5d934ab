import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parse } from "yaml";
import { z } from "zod";
import { type ServiceUserData, serviceUserData } from "../../components/fleet/user-data";
import { InvalidArgumentError } from "../../components/validation/invalid-argument";

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

/** What cloud-init makes of it, but for the template, which is left as it stands. */
function read(changes: Partial<ServiceUserData> = {}) {
  const text = serviceUserData({ ...SERVICE, ...changes });
  const [template, header] = text.split("\n");
  assert.equal(template, "## template: jinja");
  assert.equal(header, "#cloud-config");
  const config = CLOUD_CONFIG.parse(parse(text.slice(text.indexOf("\n") + 1)));
  const files = Object.fromEntries(config.write_files.map((file) => [file.path, file.content]));
  return { ...config, files, environment: files["/etc/records/environment"] };
}

function sentence(changes: Partial<ServiceUserData>): string {
  try {
    serviceUserData({ ...SERVICE, ...changes });
    return "accepted";
  } catch (error) {
    assert.ok(error instanceof InvalidArgumentError, String(error));
    return error.message;
  }
}

describe("the user data of a server", () => {
  it("fetches one file and runs it as a service", () => {
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

  it("writes a unit that drains on SIGTERM, comes back after a crash however often, and may do little", () => {
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

  it("gives the service its environment, sorted, with the instance's own id", () => {
    assert.equal(
      read().environment,
      'APP_URL="http://inner.example.com"\nCOLOR="blue"\nINSTANCE_ID="{{ v1.instance_id }}"\nPORT="8080"\n',
    );
  });

  it("fetches a certificate authority before the start, and points Node to it", () => {
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

  it("is the same, byte for byte, in whatever order the environment comes", () => {
    const entries = Object.entries(SERVICE.environment);
    const reversed = Object.fromEntries([...entries].reverse());
    assert.equal(serviceUserData({ ...SERVICE, environment: reversed }), serviceUserData(SERVICE));
  });

  it("carries every value unchanged, or refuses it", () => {
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
    let carried = 0;
    fc.assert(
      fc.property(value, (given) => {
        const environment = { VALUE: given };
        if (sentence({ environment }) !== "accepted") return;
        carried += 1;
        const lines = read({ environment }).environment?.split("\n") ?? [];
        assert.deepEqual(lines, ['INSTANCE_ID="{{ v1.instance_id }}"', `VALUE="${given}"`, ""]);
        assert.doesNotMatch(given, /["\\]|\{\{|\{%|\{#/);
      }),
      { numRuns: 500 },
    );
    assert.ok(carried > 50, `only ${carried} were carried`);
  });

  it("refuses values that would break out of their line, without showing them", () => {
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
        sentence({ environment: { TOKEN: secret } }),
        "environment.TOKEN: got a value with other characters; allowed is printable ASCII without line breaks, double quotes, backslashes, {{, {% and {#. Let the service fetch such a value itself, or encode it.",
      );
    }
    assert.match(
      sentence({ artifactUrl: "s3://bucket/{{ x }}" }),
      /^artifactUrl: got a value with other characters;/,
    );
    assert.match(sentence({ certificateAuthorityUrl: "https://x\n" }), /^certificateAuthorityUrl: got /);
  });

  it("refuses a file that is not in S3, and a limit that is none", () => {
    for (const artifactUrl of ["", "https://example.com/web.js", "s3://bucket", "s3://bucket/"]) {
      assert.match(
        sentence({ artifactUrl }),
        /^artifactUrl: got ".*"; allowed is the URL of an object in S3/,
      );
    }
    for (const stopTimeoutSeconds of [0, 1.5, Number.NaN]) {
      assert.match(
        sentence({ stopTimeoutSeconds }),
        /^stopTimeoutSeconds: got .*; allowed is a whole number/,
      );
    }
  });

  it("refuses names that a unit or its environment cannot have", () => {
    for (const key of ["", "port", "1PORT", "A B", "A=B", "A\nB"]) {
      assert.equal(
        sentence({ environment: { [key]: "x" } }),
        `environment: got ${JSON.stringify(key)}; allowed is names of upper-case letters, digits and underscores.`,
      );
    }
    for (const service of ["", "Records", "a/b", "../x", "a b", "1a"]) {
      assert.equal(
        sentence({ service }),
        `service: got ${JSON.stringify(service)}; allowed is a name of lower-case letters, digits and hyphens, starting with a letter.`,
      );
    }
  });

  it("refuses more than EC2 takes", () => {
    assert.match(
      sentence({ environment: { LONG: "x".repeat(16_384) } }),
      /^environment: got variables that make user data of \d+ bytes; allowed is what fits into 16384 bytes of user data\./,
    );
  });
});
