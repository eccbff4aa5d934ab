export interface ExitCodes {
  /** Status for a rejected option or argument, and for unreadable input. */
  readonly usage: number;
  readonly error: number;
  readonly meanings: Readonly<Record<number, string>>;
}

const INTERRUPTED_MEANING = "interrupted";

/** Exit statuses of all commands. Their meanings are shown by `--help` and docs/commands.md. */
export const EXIT_CODES = {
  /** Exit statuses of commands that are not listed below. */
  common: {
    done: 0,
    error: 1,
    usage: 2,
    meanings: { 0: "done", 1: "failed", 2: "an option or an argument is rejected" },
  },
  rehearse: {
    passed: 0,
    failed: 1,
    usage: 2,
    error: 2,
    meanings: {
      0: "no request failed, no session was lost, no upload was cut and no answer was wrong; or each fault had its expected outcome",
      1: "a request failed, a session was lost, an upload was cut, an answer was wrong, or an update failed; or a fault was not as expected",
      2: "an option is rejected, or the rehearsal could not be carried out",
      130: INTERRUPTED_MEANING,
    },
  },
  verify: {
    passed: 0,
    failed: 1,
    usage: 2,
    error: 2,
    meanings: {
      0: "every requirement that was exercised is met",
      1: "a requirement is not met",
      2: "an option is rejected, or the requirements could not be checked",
      130: INTERRUPTED_MEANING,
    },
  },
  preview: {
    same: 0,
    failed: 1,
    usage: 1,
    error: 1,
    changes: 2,
    rejected: 3,
    uncompared: 4,
    meanings: {
      0: "nothing changes",
      1: "the program fails, an option is rejected, or something that the preview needs is missing",
      2: "something changes",
      3: "the program rejects the change",
      4: "the base cannot be evaluated but the head can",
      130: INTERRUPTED_MEANING,
    },
  },
  rollback: {
    done: 0,
    error: 1,
    usage: 2,
    declined: 3,
    empty: 4,
    meanings: {
      0: "the color receives all traffic, or would after a dry run",
      1: "the production rule could not be read or changed",
      2: "an option is rejected, or the stack's outputs cannot be read",
      3: "the shift was not confirmed",
      4: "the color has a tier without instances, and --force was not given",
    },
  },
  status: {
    agreed: 0,
    error: 1,
    usage: 2,
    disagreed: 3,
    meanings: {
      0: "production rule, last update and config agree",
      1: "failed",
      2: "an option is rejected, or the stack's outputs cannot be read",
      3: "production rule, last update and config do not agree",
    },
  },
  release: {
    done: 0,
    failed: 1,
    error: 1,
    usage: 2,
    rolledBack: 3,
    conflict: 4,
    locked: 5,
    declined: 6,
    expired: 7,
    meanings: {
      0: "the version receives all traffic, or would after a dry run",
      1: "an update failed or was rejected",
      2: "an option is rejected, or something that the command needs is missing",
      3: "the version was rolled back",
      4: "the stack's state conflicts with the release; the error has the commands for each choice",
      5: "another update of the stack did not end in time",
      6: "a traffic shift was not confirmed",
      7: "the AWS credentials expire too early",
      130: INTERRUPTED_MEANING,
    },
  },
  lint: {
    passed: 0,
    failed: 1,
    usage: 2,
    error: 2,
    meanings: {
      0: "no errors",
      1: "at least one error",
      2: "an option is rejected, or the scripts cannot be read",
    },
  },
  migrate: {
    done: 0,
    failed: 1,
    error: 1,
    usage: 2,
    meanings: {
      0: "done",
      1: "the migration failed or was rejected, or the check found that a release would reject the scripts",
      2: "an option is rejected, or the scripts cannot be read",
    },
  },
  "bench migrations": {
    passed: 0,
    missed: 1,
    usage: 1,
    error: 1,
    noisy: 2,
    meanings: {
      0: "every limit is met",
      1: "a limit is missed, an option is rejected, or the benchmark failed",
      2: "the machine was too busy to tell",
      130: INTERRUPTED_MEANING,
    },
  },
  "bench migrations-kill": {
    passed: 0,
    failed: 1,
    error: 1,
    usage: 2,
    meanings: {
      0: "every killed migration was completed by the next run",
      1: "the next run did not complete a killed migration, or the benchmark was interrupted",
      2: "an option is rejected",
    },
  },
} as const satisfies Readonly<Record<string, ExitCodes & Readonly<Record<string, unknown>>>>;

/** Exit status of a command that stopped cleanly after Ctrl-C or another stop signal. */
export const INTERRUPTED = 130;

export function exitCodeTable(): string {
  const rows = Object.entries(EXIT_CODES).flatMap(([name, { meanings }]) => {
    const command = name === "common" ? "all other commands" : `\`${name}\``;
    return Object.entries(meanings).map(([status, meaning]) => `| ${command} | ${status} | ${meaning} |\n`);
  });
  return `| Command | Status | Meaning |\n| --- | --- | --- |\n${rows.join("")}`;
}
