import type { Format } from "../validation/args-spec";
import { entryPath, requirementIssue } from "../validation/find-issues";
import { outputTextIssue } from "../validation/output-text";
import { throwIssues } from "../validation/validate-args";
import { type ValidationIssue, ValueDescription } from "../validation/validation-issue";
import { MAX_USER_DATA_BYTES } from "./user-data-format";

/** A service that systemd runs from one file in S3. */
export interface ServiceUserData {
  /** The name of the systemd unit: lower-case letters, digits and hyphens. */
  readonly service: string;
  /** The URL of the file that runs, e.g. `s3://bucket/key.js`. */
  readonly artifactUrl: string;
  /**
   * The SHA-256 of the file, 64 hexadecimal digits. Before each start, systemd compares the file with it; the service
   * does not start from another file.
   *
   * @default the file is not checked
   */
  readonly sha256?: string;
  /**
   * The environment variables: names of upper-case letters, digits and underscores, and values of printable ASCII.
   *
   * No secrets: every principal that may describe the launch template can read user data.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** Seconds between SIGTERM and SIGKILL, 1-7200. The service must be able to shut down in less time. */
  readonly stopTimeoutSeconds: number;
  /**
   * The URL of additional certificate authorities for Node, e.g. those of RDS; downloaded before the start.
   *
   * @default none
   */
  readonly certificateAuthorityUrl?: string;
}

const ARTIFACT_URL: Format = {
  pattern: /^s3:\/\/[^/]+\/./,
  allowed: "the URL of an object in S3, such as s3://bucket/key.js",
};

const SERVICE: Format = {
  pattern: /^[a-z][a-z0-9-]*$/,
  allowed: "a name of lower-case letters, digits and hyphens, starting with a letter",
};

const SHA256: Format = {
  pattern: /^[0-9a-f]{64}$/,
  allowed: "64 hexadecimal digits in lower case",
};

const VARIABLE: Format = {
  pattern: /^[A-Z_][A-Z0-9_]*$/,
  allowed: "a name of upper-case letters, digits and underscores",
};

const MAX_STOP_SECONDS = 7200;

/**
 * Returns the cloud-config of an Amazon Linux 2023 instance as plain text. Equal settings give the same bytes.
 *
 * Cloud-init replaces `INSTANCE_ID` on each instance, because the text is a jinja template. Values are written as
 * JSON, which is valid YAML.
 *
 * @throws pulumi.InputPropertiesError for values that a unit file, cloud-init's templates or EC2 would alter.
 * @see https://cloudinit.readthedocs.io/en/latest/explanation/instancedata.html
 */
export function serviceUserData(settings: ServiceUserData): string {
  throwIssues("serviceUserData", settingsIssues(settings));
  const { service, artifactUrl, sha256, environment, stopTimeoutSeconds, certificateAuthorityUrl } = settings;
  const program = `/opt/${service}/main.js`;
  const digestFile = sha256 && `/etc/${service}/artifact.sha256`;
  const authorities = `/etc/${service}/authorities.pem`;
  const variables: Record<string, string> = { ...environment, INSTANCE_ID: "{{ v1.instance_id }}" };
  if (certificateAuthorityUrl) variables.NODE_EXTRA_CA_CERTS = authorities;
  const files = [
    { path: `/etc/${service}/environment`, content: environmentFile(variables) },
    {
      path: `/etc/systemd/system/${service}.service`,
      content: unitFile({ service, program, stopTimeoutSeconds, digestFile }),
    },
    ...(digestFile ? [{ path: digestFile, content: `${sha256}  ${program}\n` }] : []),
  ];
  const commands: string[][] = [["mkdir", "-p", `/opt/${service}`]];
  if (certificateAuthorityUrl) {
    const retries = ["--retry", "5", "--retry-all-errors", "--max-time", "30"];
    commands.push(["curl", "-fsS", ...retries, "-o", authorities, certificateAuthorityUrl]);
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
  throwIssues("serviceUserData", sizeIssues(text));
  return text;
}

function settingsIssues(settings: ServiceUserData): ValidationIssue[] {
  const { service, artifactUrl, sha256, environment, stopTimeoutSeconds, certificateAuthorityUrl } = settings;
  const issues = [
    patternIssue("service", service, SERVICE),
    sha256 === undefined ? undefined : patternIssue("sha256", sha256, SHA256),
    requirementIssue("stopTimeoutSeconds", stopTimeoutSeconds, {
      allowed: `an integer from 1 to ${MAX_STOP_SECONDS}`,
      holds: (seconds: number) => Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_STOP_SECONDS,
    }),
    ...Object.entries(environment).flatMap(([name, value]) => [
      patternIssue(entryPath("environment", name), name, VARIABLE),
      encodingIssue(entryPath("environment", name), value),
    ]),
    requirementIssue("artifactUrl", artifactUrl, ARTIFACT_URL) ?? encodingIssue("artifactUrl", artifactUrl),
    encodingIssue("certificateAuthorityUrl", certificateAuthorityUrl ?? ""),
  ];
  return issues.filter((issue) => issue !== undefined);
}

function patternIssue(key: string, value: string, { pattern, allowed }: Format): ValidationIssue | undefined {
  return pattern.test(value) ? undefined : { key, allowed, got: value };
}

/**
 * Quotes and backslashes are special in unit files, braces in jinja templates, and YAML knows line breaks outside
 * ASCII. The issue does not show the value, because it may be a secret.
 */
function encodingIssue(key: string, value: string): ValidationIssue | undefined {
  const outputText = outputTextIssue(key, value);
  if (outputText !== undefined) return outputText;
  if (/^[\x20-\x7e]*$/.test(value) && !/["\\]|\{[{%#]/.test(value)) return undefined;
  return {
    key,
    allowed: "printable ASCII without line breaks, double quotes, backslashes, {{, {% and {#",
    got: new ValueDescription("a value with other characters"),
    remedy: "Let the service fetch such a value itself, or encode it.",
  };
}

function sizeIssues({ length }: string): ValidationIssue[] {
  if (length <= MAX_USER_DATA_BYTES) return [];
  const allowed = `short enough for ${MAX_USER_DATA_BYTES} bytes of user data`;
  const got = new ValueDescription(`variables that result in ${length} bytes`);
  return [{ key: "environment", allowed, got, remedy: "Let the service fetch its long settings itself." }];
}

function environmentFile(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).map(([key, value]) => `${key}="${value}"\n`);
  return lines.sort().join("");
}

interface ServiceUnit {
  readonly service: string;
  readonly program: string;
  readonly stopTimeoutSeconds: number;
  readonly digestFile?: string;
}

function unitFile(unit: ServiceUnit): string {
  const check = unit.digestFile ? `ExecStartPre=/usr/bin/sha256sum --check ${unit.digestFile}\n` : "";
  return `[Unit]
Description=${unit.service}
Wants=network-online.target
After=network-online.target
# It is for the load balancer to judge a server that keeps failing; systemd goes on trying.
StartLimitIntervalSec=0

[Service]
EnvironmentFile=/etc/${unit.service}/environment
${check}ExecStart=/usr/bin/node ${unit.program}
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
