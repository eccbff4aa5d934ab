import {
  check,
  checkWhole,
  InvalidArgumentError,
  text as matching,
  Words,
} from "../validation/invalid-argument";

/** What an instance runs: one service from one file in S3, under systemd. */
export interface ServiceUserData {
  /** The systemd unit's name: lower-case letters, digits and hyphens. */
  readonly service: string;
  /** The file to run, e.g. `s3://bucket/key.js`. */
  readonly artifactUrl: string;
  /**
   * The service's environment: upper-case names, and values that {@link serviceUserData} can carry unchanged. No secrets:
   * user data is readable by whoever may describe the launch template.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** How long systemd waits after SIGTERM before it kills, in seconds, 1-7200. Longer than the service's own limit. */
  readonly stopTimeoutSeconds: number;
  /** Fetched before the start and given to Node as an extra certificate authority, e.g. the one of RDS. Default: none. */
  readonly certificateAuthorityUrl?: string;
}

const ARTIFACT_URL = matching(/^s3:\/\/[^/]+\/./, "the URL of an object in S3, such as s3://bucket/key.js");

/** What EC2 takes. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
export const MAX_BYTES = 16_384;

/**
 * The cloud-config of an Amazon Linux 2023 instance, as plain text: a pure function, so that the same release gives the
 * same launch template, byte for byte.
 *
 * `INSTANCE_ID` is filled in by cloud-init on the instance (its jinja templates), since one template starts many.
 * JSON is YAML, so the values are written as JSON and need no quoting rules of our own.
 * @see https://cloudinit.readthedocs.io/en/latest/explanation/instancedata.html
 * @throws InvalidArgumentError for what a unit file, cloud-init's templates or EC2 would not carry unchanged.
 */
export function serviceUserData(settings: ServiceUserData): string {
  const { service, artifactUrl, environment, stopTimeoutSeconds, certificateAuthorityUrl } = settings;
  if (!/^[a-z][a-z0-9-]*$/.test(service)) {
    throw new InvalidArgumentError({
      what: "service",
      got: service,
      allowed: "a name of lower-case letters, digits and hyphens, starting with a letter",
    });
  }
  checkWhole("stopTimeoutSeconds", stopTimeoutSeconds, 1, 7200);
  for (const [key, value] of Object.entries(environment)) checkVariable(key, value);
  check("artifactUrl", artifactUrl, ARTIFACT_URL);
  checkCarried("artifactUrl", artifactUrl);
  if (certificateAuthorityUrl) checkCarried("certificateAuthorityUrl", certificateAuthorityUrl);
  const program = `/opt/${service}/main.js`;
  const authorities = `/etc/${service}/authorities.pem`;
  const variables: Record<string, string> = { ...environment, INSTANCE_ID: "{{ v1.instance_id }}" };
  if (certificateAuthorityUrl) variables.NODE_EXTRA_CA_CERTS = authorities;
  const files = [
    { path: `/etc/${service}/environment`, content: environmentFile(variables) },
    {
      path: `/etc/systemd/system/${service}.service`,
      content: unitFile({ service, program, stopTimeoutSeconds }),
    },
  ];
  const commands: string[][] = [["mkdir", "-p", `/opt/${service}`]];
  if (certificateAuthorityUrl) {
    const patient = ["--retry", "5", "--retry-all-errors", "--max-time", "30"];
    commands.push(["curl", "-fsS", ...patient, "-o", authorities, certificateAuthorityUrl]);
  }
  commands.push(
    ["aws", "s3", "cp", artifactUrl, program],
    ["chmod", "0644", program],
    ["systemctl", "daemon-reload"],
    ["systemctl", "enable", "--now", `${service}.service`],
  );
  const text = [
    "## template: jinja",
    "#cloud-config",
    `packages: ${JSON.stringify(["nodejs22"])}`,
    "write_files:",
    ...files.map((file) => `  - ${JSON.stringify(file)}`),
    "runcmd:",
    ...commands.map((command) => `  - ${JSON.stringify(command)}`),
    "",
  ].join("\n");
  if (text.length > MAX_BYTES) {
    throw new InvalidArgumentError({
      what: "environment",
      got: new Words(`variables that make user data of ${text.length} bytes`),
      allowed: `what fits into ${MAX_BYTES} bytes of user data`,
      todo: "Let the service fetch its long settings itself.",
    });
  }
  return text;
}

function checkVariable(key: string, value: string): void {
  if (!/^[A-Z_][A-Z0-9_]*$/.test(key)) {
    throw new InvalidArgumentError({
      what: "environment",
      got: key,
      allowed: "names of upper-case letters, digits and underscores",
    });
  }
  checkCarried(`environment.${key}`, value);
}

/**
 * Refuses text that would arrive as something else: quotes and backslashes mean something to systemd, braces to jinja,
 * and YAML has line breaks outside ASCII. The value is not shown: somebody may have put a secret there after all.
 */
function checkCarried(what: string, value: string): void {
  if (/^[\x20-\x7e]*$/.test(value) && !/["\\]|\{[{%#]/.test(value)) return;
  throw new InvalidArgumentError({
    what,
    got: new Words("a value with other characters"),
    allowed: "printable ASCII without line breaks, double quotes, backslashes, {{, {% and {#",
    todo: "Let the service fetch such a value itself, or encode it.",
  });
}

function environmentFile(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).map(([key, value]) => `${key}="${value}"\n`);
  return lines.sort().join("");
}

function unitFile(unit: { service: string; program: string; stopTimeoutSeconds: number }): string {
  return `[Unit]
Description=${unit.service}
Wants=network-online.target
After=network-online.target
# It is for the load balancer to judge a server that keeps failing; systemd goes on trying.
StartLimitIntervalSec=0

[Service]
EnvironmentFile=/etc/${unit.service}/environment
ExecStart=/usr/bin/node ${unit.program}
DynamicUser=yes
Restart=always
RestartSec=2
KillSignal=SIGTERM
TimeoutStopSec=${unit.stopTimeoutSeconds}
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
`;
}
