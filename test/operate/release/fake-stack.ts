import { setTimeout as sleep } from "node:timers/promises";
import type { Engine, UpdateOptions, UpdateResult } from "../../../engine/deploy/engine";
import { UpdateFailedError } from "../../../engine/deploy/engine";
import { StackLockedError } from "../../../engine/deploy/stack-locked";
import { ProgramError } from "../../../engine/program/program-error";
import { allTrafficTo, oppositeColor, type TrafficColor, type TrafficShares } from "../../../operate/colors";
import type { DeployedRelease } from "../../../operate/deployed-release";
import type { RuleReading } from "../../../operate/rule-reading";
import type { ReleaseControl } from "../../../traffic/control";

const PROJECT = "changeover";
const NO_CHANGES = { create: 0, update: 1, replace: 1, delete: 0, same: 0, import: 0, read: 0, refresh: 0 };

export type Accident =
  | { readonly type: "rejected"; readonly message: string }
  /** The update ends before or after it has shifted traffic. */
  | { readonly type: "failed"; readonly after: "nothing" | "shift" }
  | { readonly type: "watch-rollback"; readonly reason: string }
  | { readonly type: "thrown"; readonly error: Error };

const color = (arn: string) => ({ targetGroupArn: arn, alarms: [] });
const tier = { minInstances: 2, maxInstances: 6, url: "http://a", blue: color("b"), green: color("g") };

/** A stack that behaves as the program does, with settings, outputs and a production rule. */
export class FakeStack {
  readonly file = new Map<string, string>();
  readonly ups: Record<string, string>[] = [];
  previews = 0;
  release: DeployedRelease | undefined;
  rule: RuleReading | undefined;
  bakeMinutes = 0;
  /** Duration of each half of an update: before and after traffic shifts. */
  halfMs = 0;
  readonly shifts: number[] = [];
  private isUpdating = false;
  accidents: (Accident | undefined)[] = [];

  constructor(start: { readonly blue: string } | "new" = { blue: "1.0.0" }) {
    if (start === "new") return;
    this.release = {
      live: "blue",
      versions: { blue: start.blue },
      weights: allTrafficTo("blue"),
      serial: 1,
      kind: "first",
      settings: { idle: "warm" },
    };
    this.rule = { shares: allTrafficTo("blue"), record: { serial: 1, kind: "first" }, foreign: [] };
  }

  readonly engine: Pick<Engine, "outputs" | "preview" | "up" | "setConfig"> = {
    outputs: async () => ({ release: this.release, control: this.release && this.control() }),
    preview: async () => {
      this.previews += 1;
      return this.result();
    },
    up: async (options = {}) => {
      if (this.isUpdating) throw new StackLockedError();
      this.isUpdating = true;
      try {
        return await this.up(options);
      } finally {
        this.isUpdating = false;
      }
    },
    setConfig: async (key, value) => void this.file.set(key.replace(`${PROJECT}:`, ""), String(value)),
  };

  async readRule(): Promise<RuleReading> {
    if (this.rule === undefined) throw new Error("no rule");
    return this.rule;
  }

  private control(): ReleaseControl {
    return {
      name: "shop",
      region: "eu-central-1",
      productionRuleArn: "arn:rule",
      listenerArn: "arn:listener",
      stickySeconds: 300,
      rollbackWindowMinutes: 1440,
      bakeMinutes: this.bakeMinutes,
      tiers: { web: tier, app: tier },
      alarms: [],
      migrations: { pending: [] },
    };
  }

  private async up({ config = {}, signal }: UpdateOptions): Promise<UpdateResult> {
    const settings = Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key.replace(`${PROJECT}:`, ""), String(value)]),
    );
    this.ups.push(settings);
    const accident = this.accidents.shift();
    if (accident?.type === "thrown") throw accident.error;
    if (accident?.type === "rejected") throw new ProgramError(accident.message);
    const serial = this.rule?.record?.serial ?? 0;
    if (settings.expectedSerial !== undefined && Number(settings.expectedSerial) !== serial) {
      throw new ProgramError(`expectedSerial must be ${serial}, got ${settings.expectedSerial}.`);
    }
    if (accident?.type === "failed" && accident.after === "nothing") throw failure("gate failed");
    await sleep(this.halfMs);
    if (signal?.aborted) throw failure("killed");
    const shares = sharesOf(settings);
    const before = this.rule?.shares;
    const isShift = before === undefined || shares.blue !== before.blue;
    const recorded = (this.release?.serial ?? 0) + 1;
    if (isShift) this.shifts.push(shares.green);
    if (isShift) this.rule = { shares, record: { serial: recorded, kind: "shift" }, foreign: [] };
    if (accident?.type === "watch-rollback") {
      const record = { serial: recorded + 1, kind: "watch-rollback" as const, reason: accident.reason };
      this.rule = { shares: before ?? shares, record, foreign: [] };
      throw failure("alarm");
    }
    if (accident !== undefined) throw failure("interrupted");
    await sleep(this.halfMs);
    if (signal?.aborted) throw failure("killed");
    this.bakeMinutes = Number(settings.bakeMinutes || this.bakeMinutes);
    this.release = {
      live: settings.live as TrafficColor,
      versions: { blue: settings.blueVersion || undefined, green: settings.greenVersion || undefined },
      weights: shares,
      serial: this.rule?.record?.serial,
      kind: this.rule?.record?.kind,
      contracted: settings.contractThrough ? { through: settings.contractThrough } : undefined,
      settings: { idle: settings.idle ?? "warm", bakeMinutes: this.bakeMinutes },
    };
    return this.result();
  }

  private result(): UpdateResult {
    return { steps: [], changes: NO_CHANGES, outputs: {}, durationMs: 1 };
  }
}

function sharesOf({ live = "blue", canaryPercent = "0" }: Readonly<Record<string, string>>): TrafficShares {
  const shares = { ...allTrafficTo(live as TrafficColor) };
  shares[live as TrafficColor] = 100 - Number(canaryPercent);
  shares[oppositeColor(live as TrafficColor)] = Number(canaryPercent);
  return shares;
}

function failure(message: string): UpdateFailedError {
  return new UpdateFailedError(message, []);
}
