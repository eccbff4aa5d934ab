import type * as pulumi from "@pulumi/pulumi";
import { ROLE_NAME } from "../database/database-login-args";
import { COLORS, type Color } from "../fleet/color";
import { type StepFunctionArgs, stepFunctionSpec } from "../functions/step-function-args";
import type { ArgsSpec, ComponentSpec, Format, Requirement } from "../validation/args-spec";
import { duplicateIssue, requirementIssue } from "../validation/find-issues";
import { NOT_EMPTY, SECRET_ARN, VERSION } from "../validation/formats";
import { isPlaceholder } from "../validation/unknown";
import { ValueDescription } from "../validation/validation-issue";

/** The two phases of a backward-compatible schema change, and the end of a color's login. */
export const MigrationPhase = {
  Expand: "expand",
  Contract: "contract",
  Retire: "retire",
} as const;
export type MigrationPhase = (typeof MigrationPhase)[keyof typeof MigrationPhase];

/** A serving color and its version. */
export interface ServingColorArgs {
  /** The color. */
  color: Color;
  /** The version that it runs: three numbers such as 1.2.3, and with a pre-release 1.2.3-rc.1. */
  version: string;
}

/** A login that an expand step sets. `DatabaseLogin` has outputs of the same names. */
export interface MigrationLoginArgs {
  /** The ARN of the secret, `{"username","password"}`. */
  secretArn: pulumi.Input<string>;
  /** The id of the secret's value. A new id runs the step, which sets the new password. */
  secretVersionId: pulumi.Input<string>;
}

export interface MigrationStepArgs {
  /** The `Migration`, or its outputs `functionName` and `functionVersion`. */
  migration: StepFunctionArgs;
  /**
   * `expand` adds what the versions need, `contract` removes what no version needs, `retire` ends the logins of a color
   * without instances.
   */
  phase: MigrationPhase;
  /**
   * The versions of the colors. Required for an expand step, not allowed for other steps.
   *
   * All scripts that one of the versions needs are applied. A version is three numbers such as 1.2.3, or a
   * pre-release such as 1.2.3-rc.1.
   *
   * @default none
   */
  versions?: string[];
  /**
   * The last script that is applied, e.g. `0002_split_name`. Required for a contract step, not allowed for other
   * steps.
   *
   * @default none
   */
  through?: string;
  /**
   * The serving colors, one or more. Required for a contract step, not allowed for other steps.
   *
   * The Lambda checks that none of their versions needs what the scripts remove.
   *
   * @default none
   */
  serving?: ServingColorArgs[];
  /**
   * The logins that the application uses. Only for an expand step; the function must be allowed to read their
   * secrets, `database.loginSecretArns` of `Migration`.
   *
   * Before the scripts, the step creates their roles or sets their passwords. Each is a member of the role in
   * `database.applicationSecretArn`. This role can be a login too, if it is in the list. Otherwise the step creates a
   * missing role without the right to log in.
   *
   * @default none, the application's own login
   */
  logins?: MigrationLoginArgs[];
  /**
   * The roles whose color has no instances. Required for a retire step, allowed for a contract step.
   *
   * Before anything else, the step revokes their right to log in; a contract step then waits until they have no
   * connection. A contract step without pending scripts skips them, because their colors may run again. Roles that do
   * not exist are skipped.
   *
   * @default none
   */
  retiredRoles?: string[];
  /**
   * The prefix of the application's `application_name`, `<applicationName>:<color>:<version>`. Only for a contract
   * step.
   *
   * The step waits until no connection of an older version is left. Printable characters without a colon; the whole
   * `application_name` has at most 63 bytes.
   *
   * @default `changeover`
   */
  applicationName?: string;
  /**
   * The SHA-256 of each script of this step, by script name. With it, a preview shows a changed script.
   *
   * Even without it, a changed script runs the step again, because the function gets a new version.
   *
   * @default none
   */
  scripts?: Record<string, string>;
  /**
   * The maximum number of invocations in one update, one after the other, 1-16.
   *
   * An invocation has 15 minutes. A longer backfill continues in the next invocation, and an invocation without work
   * returns at once. Each invocation is a resource. The last one is named `<name>`, the others `<name>-1`, `<name>-2`
   * and so on; no other step may use these names.
   *
   * @default 1
   */
  maxInvocations?: number;
}

const SCRIPT_ID: Format = {
  pattern: /^\d{4}_[a-z0-9]+(_[a-z0-9]+)*$/,
  allowed: "the id of a contract script, such as 0002_split_name",
};

const SHA_256: Format = { pattern: /^[0-9a-f]{64}$/i, allowed: "a SHA-256 of 64 hex digits" };

const servingColorSpec = {
  color: { kind: "enum", values: COLORS, required: true },
  version: { kind: "string", complete: true, format: VERSION, required: true },
} as const satisfies ArgsSpec<ServingColorArgs>;

const loginSpec = {
  secretArn: { kind: "string", format: SECRET_ARN, required: true, input: true },
  secretVersionId: { kind: "string", format: NOT_EMPTY, required: true, input: true },
} as const satisfies ArgsSpec<MigrationLoginArgs>;

export const migrationStepSpec = {
  args: {
    migration: { kind: "object", component: "Migration", args: stepFunctionSpec("migrate"), required: true },
    phase: { kind: "enum", values: Object.values(MigrationPhase), required: true },
    versions: {
      kind: "list",
      items: { kind: "string", complete: true, format: VERSION },
      whenOmitted: "none",
    },
    through: { kind: "string", format: SCRIPT_ID, whenOmitted: "none" },
    serving: {
      kind: "list",
      items: { kind: "object", args: servingColorSpec },
      check: (serving, key) => [
        duplicateIssue(
          key,
          serving.map(({ color }) => color),
        ),
      ],
      whenOmitted: "none",
    },
    logins: {
      kind: "list",
      items: { kind: "object", args: loginSpec },
      whenOmitted: "none, the application's own login",
    },
    retiredRoles: { kind: "list", items: { kind: "string", format: ROLE_NAME }, whenOmitted: "none" },
    applicationName: { kind: "string", default: "changeover" },
    scripts: { kind: "map", items: { kind: "string", format: SHA_256 }, whenOmitted: "none" },
    maxInvocations: { kind: "integer", min: 1, max: 16, default: 1 },
  },
  checks: [
    {
      reads: ["phase", "versions", "through", "serving", "logins", "retiredRoles"],
      check: (args) => phaseIssues(args),
    },
    {
      reads: ["serving", "applicationName"],
      check: ({ serving, applicationName }) => [
        requirementIssue("applicationName", applicationName, applicationNameOf(serving)),
      ],
    },
  ],
} as const satisfies ComponentSpec<MigrationStepArgs>;

/** Finds missing args, and args of another phase, which would have no effect. */
function phaseIssues(args: MigrationStepArgs) {
  const { phase } = args;
  const { needed, allowed } = PHASE_ARGS[phase];
  const issues = [];
  for (const key of Object.keys(NEEDED) as PhaseArg[]) {
    const got = args[key];
    if (needed.includes(key)) {
      if (got !== undefined && got.length > 0) continue;
      issues.push({ key, allowed: `given in the phase ${phase}`, got, remedy: `Give ${NEEDED[key]}.` });
    } else if (got !== undefined && !allowed.includes(key)) {
      const shown = key === "logins" ? new ValueDescription("a list") : got;
      const remedy = `Remove ${key}, or change the phase.`;
      issues.push({ key, allowed: `omitted in the phase ${phase}`, got: shown, remedy });
    }
  }
  return issues;
}

type PhaseArg = keyof typeof NEEDED;

const PHASE_ARGS: Readonly<
  Record<MigrationPhase, { readonly needed: readonly PhaseArg[]; readonly allowed: readonly PhaseArg[] }>
> = {
  expand: { needed: ["versions"], allowed: ["logins"] },
  contract: { needed: ["through", "serving"], allowed: ["retiredRoles"] },
  retire: { needed: ["retiredRoles"], allowed: [] },
};

const NEEDED = {
  versions: "the versions of the colors",
  through: "the last script to apply",
  serving: "the serving colors",
  logins: "the logins of the colors",
  retiredRoles: "the roles of the color without instances",
};

/** Postgres truncates `application_name` at 63 bytes and replaces non-ASCII characters with question marks. */
function applicationNameOf(serving: readonly ServingColorArgs[] = []): Requirement<string> {
  const suffixes = serving
    .filter(({ version }) => !isPlaceholder(version))
    .map(({ color, version }) => `:${color}:${version}`);
  const longest = 63 - Math.max(0, ...suffixes.map(({ length }) => length));
  return {
    allowed: `1 to ${longest} printable characters without colons`,
    holds: (name) => /^[\x20-\x39\x3b-\x7e]+$/.test(name) && name.length <= longest,
  };
}
