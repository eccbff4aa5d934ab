import { parseArgs } from "node:util";
import { ENGINES, type EngineName } from "../../rehearsal/scenario/open-engine";

/** What a person asks of a rehearsal. */
export interface RehearsalOptions {
  /** How many new versions are released after the first one. */
  readonly releases: number;
  readonly requestsPerSecond: number;
  /** How long the load goes on between two steps, in seconds, so that each state is seen under load. */
  readonly bakeSeconds: number;
  /** How long a device takes to send one recording, in seconds. */
  readonly uploadSeconds: number;
  /** The target groups' deregistration delay. Longer than an upload; the servers let WebSockets go within half of it. */
  readonly drainSeconds: number;
  /** What runs the program; undefined is the Pulumi CLI where there is one, else this process. */
  readonly engine?: EngineName;
  /** Where the figures go as JSON. */
  readonly json?: string;
  /** Whether `up` is run once more at the end, to show that nothing changes. */
  readonly again: boolean;
  /** Print each update's properties too. */
  readonly verbose: boolean;
}

export const HELP = `Rehearses a release on this machine: real servers, a real PostgreSQL, a real load balancer, under load.

  npm start -- [options]

  --quick            a whole release in about half a minute: less load, shorter waits and uploads, no second update
  --releases N       how many new versions are released, one after the other, 1 to 3 (default 1)
  --rate N           requests a second, 1 to 2000 (default 200, quick 100)
  --bake N           seconds of load between two steps, 1 to 600 (default 8, quick 0.2)
  --engine NAME      what runs the program: cli (the Pulumi CLI on the PATH) or in-process; the default is cli where
                     there is one, with --quick always in-process
  --json FILE        write the figures there
  --verbose          print the properties of every change
  --help             this text

It deploys the program of this folder with the settings of Pulumi.dev.yaml, starts the load, releases the next version
to the other color with its expand migration, moves the users, goes back, goes forward again, retires the old color and
contracts. Then it stops everything that it started.

Exit status: 0 when no request failed, no session was lost, no upload was cut and no answer was wrong; 1 when one was;
2 when the rehearsal itself could not be carried out; 130 when it was interrupted.
`;

/** Bad options; the message says what was got, what is allowed and what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @returns undefined when the person asked for help. */
export function parseOptions(argv: readonly string[], releasable: number): RehearsalOptions | undefined {
  const values = parse(argv);
  if (values.help) return undefined;
  const quick = values.quick ?? false;
  return {
    releases: whole("--releases", values.releases, 1, releasable, 1),
    requestsPerSecond: whole("--rate", values.rate, 1, 2000, quick ? 100 : 200),
    bakeSeconds: whole("--bake", values.bake, 1, 600, quick ? 0.2 : 8),
    uploadSeconds: quick ? 1 : 8,
    drainSeconds: quick ? 4 : 20,
    engine: engineName(values.engine) ?? (quick ? "in-process" : undefined),
    again: !quick,
    json: values.json,
    verbose: values.verbose ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        quick: { type: "boolean" },
        releases: { type: "string" },
        rate: { type: "string" },
        bake: { type: "string" },
        engine: { type: "string" },
        json: { type: "string" },
        verbose: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nTry: npm start -- --help`);
  }
}

function engineName(text: string | undefined): EngineName | undefined {
  const found = ENGINES.find((name) => name === text);
  if (found !== undefined || text === undefined) return found;
  throw new UsageError(
    `--engine: got ${JSON.stringify(text)}; allowed is ${ENGINES.join(" or ")}.\nTry: npm start -- --help`,
  );
}

function whole(option: string, text: string | undefined, min: number, max: number, fallback: number): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(
    `${option}: got ${JSON.stringify(text)}; allowed is a whole number from ${min} to ${max}.\nTry: npm start -- --help`,
  );
}
