import type { TierName } from "../../contract";

const DOCS = "docs/bring-your-own-application.md";

interface Requirement {
  /** The requirement, as docs/bring-your-own-application.md has it. */
  readonly required: string;
  /** The change that meets it. */
  readonly remedy: string;
  readonly docs: string;
  /** `tier`: checked for each tier; `application`: checked once. */
  readonly of: "tier" | "application";
}

const tier = (required: string, remedy: string, section = "the-service"): Requirement => ({
  ...{ required, remedy, docs: `${DOCS}#${section}`, of: "tier" },
});
const application = (required: string, remedy: string, section: string): Requirement => ({
  ...{ required, remedy, docs: `${DOCS}#${section}`, of: "application" },
});

/** The requirements of an application, by name, in the order in which they are reported. */
export const REQUIREMENTS = {
  start: tier(
    "The service listens on HOST and PORT within 60 s.",
    "Read both variables, and bind the server to them where they are set. The log says why a service ended.",
  ),
  health: tier(
    "The health check path answers 200 within 5 s.",
    "Answer 200 there, or correct healthCheckPath of the tier.",
    "health-and-readiness",
  ),
  "health-is-shallow": tier(
    "The health check path answers 200 while the database and the next tier do not answer.",
    "Move checks of the database and the next tier to the readiness path.",
    "health-and-readiness",
  ),
  readiness: tier(
    "The readiness path answers 200 while the database and the next tier answer, else 503, within 5 s.",
    "Request the next tier, or send a statement to the database, with a limit of two seconds.",
    "health-and-readiness",
  ),
  version: tier(
    "GET /version answers 200 with the color and the version of the service's environment, without the next tier.",
    "Return both from variables that environment() sets from its argument, not from a constant.",
    "get-version",
  ),
  instance: tier(
    "`instance` of GET /version is the id of the EC2 instance.",
    "Return the variable INSTANCE_ID.",
    "get-version",
  ),
  "color-header": tier(
    "Each call to the next tier has the header x-changeover-color with the caller's color.",
    "Add the header to the client of the next tier, also for the readiness check.",
  ),
  "database-name": tier(
    "Database connections have the application_name <name>:<color>:<version>.",
    "Set application_name of the pool from variables that environment() sets.",
  ),
  password: tier(
    "When the database rejects the password, the service reads its secret again.",
    "After the SQLSTATEs 28P01 and 28000, read the secret and connect again.",
  ),
  "start-without-database": tier(
    "A service that starts while the database and the next tier are away is healthy, and ready within 15 s when they are back.",
    "Connect on the first use, not at the start, and connect again after an error.",
    "health-and-readiness",
  ),
  "keep-alive": tier(
    "Idle connections stay open for longer than idleTimeoutSeconds.",
    "Set the server's keep-alive timeout to idleTimeoutSeconds and some seconds more.",
  ),
  "stop-health": tier(
    "After SIGTERM the health check path does not answer 200.",
    "On SIGTERM, answer 503 there or accept no new connections.",
    "shutdown",
  ),
  "stop-open-requests": tier(
    "Requests that are open at SIGTERM are answered.",
    "On SIGTERM, accept no new connections, and exit when the open requests are answered.",
    "shutdown",
  ),
  "stop-connection-close": tier(
    "Answers after SIGTERM have the header Connection: close.",
    "Set the header on every answer while the service drains.",
    "shutdown",
  ),
  "stop-exit": tier(
    "The service exits with 0 within drainSeconds after SIGTERM.",
    "Exit with 0 when the open requests are answered; close idle connections, pools and timers.",
    "shutdown",
  ),
  logs: tier(
    "The service writes no password of the database to its output.",
    "Log neither the secret nor the connection string.",
  ),
  queries: application(
    "Every statement in `queries` of the version can be prepared after its expand migrations.",
    "Correct the statement or the migration script.",
    "the-contract",
  ),
  journeys: application(
    "Every request of the load's journeys and sessions gets its expected answer.",
    "Correct the journey in app/load.ts, or the service.",
    "the-load",
  ),
  answers: application(
    "Answers name the color, the version and the instance of their environment; one of color and version is enough.",
    "Add the headers x-changeover-color, x-changeover-version and x-changeover-instance, or set load.answers.",
    "the-load",
  ),
  uploads: application(
    "An upload is stored whole, also if SIGTERM comes meanwhile.",
    "Confirm an upload when all of it is stored.",
    "the-load",
  ),
  sockets: application(
    "Messages over a WebSocket are acknowledged, and it is closed with 1001 after SIGTERM.",
    "On SIGTERM, answer the last messages and close each WebSocket with 1001.",
    "shutdown",
  ),
} as const satisfies Readonly<Record<string, Requirement>>;

export type RequirementName = keyof typeof REQUIREMENTS;

/** The result of one requirement. */
export interface RequirementResult {
  readonly requirement: RequirementName;
  /** Undefined for a requirement that is checked once for the whole application. */
  readonly tier?: TierName;
  readonly outcome: "passed" | "failed" | "not exercised";
  /** The observation, or the reason why there is none; without a period. */
  readonly seen: string;
}

/** Collects results. A failure of a requirement stays, whatever is seen later. */
export class RequirementResults {
  private readonly found = new Map<string, RequirementResult>();

  add(
    requirement: RequirementName,
    tier: TierName | undefined,
    outcome: RequirementResult["outcome"],
    seen: string,
  ): void {
    const key = `${requirement} ${tier ?? ""}`;
    if (this.found.get(key)?.outcome === "failed") return;
    this.found.set(key, { requirement, ...(tier && { tier }), outcome, seen });
  }

  /** Adds a failure if there is a problem, else a pass. */
  report(
    requirement: RequirementName,
    tier: TierName | undefined,
    problem: string | undefined,
    seen: string,
  ): void {
    this.add(requirement, tier, problem === undefined ? "passed" : "failed", problem ?? seen);
  }

  outcomeOf(requirement: RequirementName, tier?: TierName): RequirementResult["outcome"] | undefined {
    return this.found.get(`${requirement} ${tier ?? ""}`)?.outcome;
  }

  /** All results in the order of the requirements. Those that are missing were not exercised. */
  all(tiers: readonly TierName[], reason: string): RequirementResult[] {
    return (Object.keys(REQUIREMENTS) as RequirementName[]).flatMap((requirement) => {
      const owners = REQUIREMENTS[requirement].of === "tier" ? tiers : [undefined];
      return owners.map((tier): RequirementResult => {
        const found = this.found.get(`${requirement} ${tier ?? ""}`);
        return found ?? { requirement, ...(tier && { tier }), outcome: "not exercised", seen: reason };
      });
    });
  }
}
