import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { changedNothing } from "../../engine/deploy/changed-nothing";
import type { Engine, EngineEvent, UpdateResult } from "../../engine/deploy/engine";
import { StackLockedError, type StackLockHolder } from "../../engine/deploy/stack-locked";
import { type ReleaseControl, releaseControl } from "../../traffic/control";
import { isSameShares } from "../colors";
import { agreedConfig, type ConfigChanges, configOfShares } from "../config-agreement";
import { parseDeployedRelease } from "../deployed-release";
import type { RuleReading } from "../rule-reading";
import { credentialsLimit, longestMinutes, shortestMinutes } from "./credentials";
import { describeFailure } from "./describe-failure";
import type { ReleaseGoal } from "./goal";
import { nextUpdate, type ReleaseSituation, type ReleaseUpdate } from "./next-update";
import { plannedUpdates } from "./planned-updates";

/** A line of progress: the message for people, and the fields for programs. */
export interface ReleaseProgress {
  readonly type: "plan" | "preview" | "started" | "resource" | "finished" | "waiting" | "warning";
  readonly message: string;
  readonly [field: string]: unknown;
}

/** The operations and limits that a release depends on. */
export interface ReleaseTools {
  readonly engine: Pick<Engine, "outputs" | "preview" | "up" | "setConfig">;
  readonly project: string;
  readonly stack: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @throws Error if the rule cannot be read */
  readRule(control: ReleaseControl): Promise<RuleReading>;
  confirm(question: string): Promise<boolean>;
  report(progress: ReleaseProgress): void;
  /** Removes the lock if its holder does not run any more. Resolves to true if the lock is gone. */
  clearStaleLock?(holder: StackLockHolder): Promise<boolean>;
  readonly lockWaitMs: number;
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/** The person or system that releases, for the record of each shift. */
export interface ReleaseOrigin {
  readonly actor?: string;
  readonly commit?: string;
  readonly reason?: string;
}

export interface ReleaseOutcome {
  readonly status:
    | "released"
    | "planned"
    | "failed"
    | "rolled-back"
    | "conflict"
    | "locked"
    | "declined"
    | "expired";
  readonly reason: string;
  /** The state of the stack now, and what to do; empty after a success. */
  readonly remedies: readonly string[];
  readonly updates: readonly { readonly kind: string; readonly title: string; readonly seconds: number }[];
}

type Ending = Omit<ReleaseOutcome, "updates">;

/** Releases a version. A failed or killed release continues when it is run again. */
export async function runRelease(
  goal: ReleaseGoal,
  origin: ReleaseOrigin,
  tools: ReleaseTools,
): Promise<ReleaseOutcome> {
  return new ReleaseRun(goal, origin, tools).run();
}

export async function previewRelease(
  goal: ReleaseGoal,
  origin: ReleaseOrigin,
  tools: ReleaseTools,
): Promise<ReleaseOutcome> {
  return new ReleaseRun(goal, origin, tools).plan();
}

class ReleaseRun {
  private readonly updates: { kind: string; title: string; seconds: number }[] = [];
  private lockedSince: number | undefined;
  private previewed: string | undefined;
  private last: string | undefined;
  private migrationInvocations = 1;

  constructor(
    private readonly goal: ReleaseGoal,
    private readonly origin: ReleaseOrigin,
    private readonly tools: ReleaseTools,
  ) {}

  async run(): Promise<ReleaseOutcome> {
    const first = await this.readSituation();
    this.announce(first);
    for (let situation = first; ; situation = await this.readSituation()) {
      this.tools.signal.throwIfAborted();
      const ending = await this.advance(situation);
      if (ending !== undefined) return { ...ending, updates: this.updates };
    }
  }

  async plan(): Promise<ReleaseOutcome> {
    const situation = await this.readSituation();
    this.announce(situation);
    const decision = nextUpdate(situation, this.goal);
    if (decision.type === "stop") return { ...this.stopped(decision), updates: [] };
    if (decision.type === "done")
      return { status: "released", reason: decision.reason, remedies: [], updates: [] };
    const rejected = await this.preview(decision.update, situation);
    if (rejected !== undefined) return { ...rejected, updates: [] };
    return { status: "planned", reason: "Nothing was changed", remedies: [], updates: [] };
  }

  private announce(situation: ReleaseSituation): void {
    const { updates } = plannedUpdates(situation, this.goal);
    const titles = updates.map(({ title }) => title);
    if (titles.length > 0) {
      const list = titles.map((title, index) => `\n  ${index + 1}. ${title}`).join("");
      this.tools.report({ type: "plan", message: `Release ${this.goal.version}:${list}`, updates: titles });
    }
    const limit = credentialsLimit(this.tools.env, new Date());
    const longest = Math.max(0, ...updates.map((update) => this.longestMinutes(update, situation)));
    if (limit !== undefined && limit.remainingMinutes < longest) {
      const message =
        `The AWS credentials expire in ${limit.remainingMinutes} min, and the longest update of this release can take ` +
        `${longest} min. Use credentials that live longer, or run the same command again with new ones.`;
      this.tools.report({ type: "warning", message, ...limit, longestMinutes: longest });
    }
  }

  /** Makes the next update. Resolves to the outcome if the release has ended, otherwise to undefined. */
  private async advance(situation: ReleaseSituation): Promise<Ending | undefined> {
    const decision = nextUpdate(situation, this.goal);
    if (decision.type === "stop") return this.stopped(decision);
    if (decision.type === "done") {
      await this.saveConfig(situation.release === undefined ? {} : agreedConfig(situation.release));
      return { status: "released", reason: decision.reason, remedies: [] };
    }
    const { update } = decision;
    const identity = JSON.stringify([update.kind, update.changes]);
    if (identity === this.last) {
      const remedies = ["`changeover status` shows the stack."];
      return {
        status: "conflict",
        reason: `${update.title}: the update did not change the stack's outputs.`,
        remedies,
      };
    }
    const held = this.heldBack(update, situation) ?? (await this.ask(update, situation));
    if (held !== undefined) return held;
    return this.apply(update, identity, situation);
  }

  private heldBack(update: ReleaseUpdate, { bakeMinutes = 0 }: ReleaseSituation): Ending | undefined {
    const limit = credentialsLimit(this.tools.env, new Date());
    const needed = shortestMinutes(update, bakeMinutes);
    if (limit === undefined || limit.remainingMinutes >= needed) return undefined;
    return {
      status: "expired",
      reason: `${update.title}: the AWS credentials expire in ${limit.remainingMinutes} min, and the update takes ${needed} min or more.`,
      remedies: ["Run the same command again with new credentials; it continues with this update."],
    };
  }

  private async ask(update: ReleaseUpdate, situation: ReleaseSituation): Promise<Ending | undefined> {
    if (this.previewed === undefined) {
      const rejected = await this.preview(update, situation);
      if (rejected !== undefined) return rejected;
    }
    if (update.shares === undefined || (await this.tools.confirm(`${update.title}?`))) return undefined;
    return {
      status: "declined",
      reason: `${update.title}: not confirmed, so nothing was changed.`,
      remedies: ["Run the same command again to continue."],
    };
  }

  private async preview(update: ReleaseUpdate, situation: ReleaseSituation): Promise<Ending | undefined> {
    try {
      const { changes } = await this.tools.engine.preview({
        config: this.configOf(update),
        signal: this.tools.signal,
      });
      this.previewed = update.title;
      const message = `Preview: ${update.title}: ${formatChanges(changes)}`;
      this.tools.report({ type: "preview", message, title: update.title, changes });
      return undefined;
    } catch (error) {
      // With most backends a preview needs no lock. With others, the update itself waits for the lock.
      if (error instanceof StackLockedError) return undefined;
      this.tools.signal.throwIfAborted();
      return { status: "failed", ...describeFailure(error, update, situation, situation) };
    }
  }

  private async apply(
    update: ReleaseUpdate,
    identity: string,
    before: ReleaseSituation,
  ): Promise<Ending | undefined> {
    const { engine, report, signal } = this.tools;
    const { kind, title } = update;
    report({ type: "started", message: title, kind, title });
    let result: UpdateResult;
    try {
      const onEvent = (event: EngineEvent) => reportEvent(event, report);
      result = await engine.up({ config: this.configOf(update), signal, onEvent });
    } catch (error) {
      if (error instanceof StackLockedError) return this.waitForLock(error);
      return this.failed(error, update, before);
    }
    this.lockedSince = undefined;
    this.last = identity;
    await this.saveConfig(update.config);
    const seconds = result.durationMs / 1000;
    this.updates.push({ kind, title, seconds });
    const message = `${title}: done in ${seconds.toFixed(1)} s (${formatChanges(result.changes)})`;
    report({ type: "finished", message, kind, title, seconds, changes: result.changes });
    return undefined;
  }

  private async failed(
    error: unknown,
    update: ReleaseUpdate,
    before: ReleaseSituation,
  ): Promise<Ending | undefined> {
    const after = await this.readSituation().catch(() => undefined);
    if (changedNothing(error) && isShiftedMeanwhile(update, before, after)) {
      this.tools.report({
        type: "warning",
        message: `${update.title}: another update has made this shift meanwhile.`,
      });
      return undefined;
    }
    if (!changedNothing(error))
      await this.saveConfig(configAfterFailure(update, after)).catch(() => undefined);
    this.tools.signal.throwIfAborted();
    const description = describeFailure(error, update, before, after);
    return { status: description.isRolledBack ? "rolled-back" : "failed", ...description };
  }

  /** Waits for another update, which may change the stack, so the stack is read again afterwards. */
  private async waitForLock({ message, holder }: StackLockedError): Promise<Ending | undefined> {
    const { report, stack, lockWaitMs, pollMs, clearStaleLock, signal } = this.tools;
    if (holder !== undefined && (await clearStaleLock?.(holder))) {
      report({
        type: "warning",
        message: `Removed the lock of pid ${holder.pid}, which does not run any more.`,
      });
      return undefined;
    }
    const now = performance.now();
    this.lockedSince ??= now;
    const leftMs = lockWaitMs - (now - this.lockedSince);
    if (leftMs <= 0) {
      return {
        status: "locked",
        reason: `${message.replace(/ Wait for that update\.$/, "")} It did not end within ${Math.round(lockWaitMs / 60_000)} min.`,
        remedies: [
          `If no update runs any more, remove its lock with \`pulumi cancel --stack ${stack}\`.`,
          "Then run the same command again; it continues.",
        ],
      };
    }
    if (now === this.lockedSince) report({ type: "waiting", message, holder });
    await sleep(Math.min(pollMs, leftMs), undefined, { signal });
    return undefined;
  }

  private stopped({
    code,
    reason,
    remedies,
  }: Extract<ReturnType<typeof nextUpdate>, { type: "stop" }>): Ending {
    return { status: code, reason, remedies };
  }

  private async readSituation(): Promise<ReleaseSituation> {
    const outputs = await this.tools.engine.outputs();
    const release = parseDeployedRelease(outputs.release);
    const control = releaseControl.safeParse(outputs.control).data;
    const invocations = release?.settings?.maxMigrationInvocations;
    if (typeof invocations === "number") this.migrationInvocations = invocations;
    return { release, rule: await this.readRule(control), bakeMinutes: control?.bakeMinutes };
  }

  private async readRule(control: ReleaseControl | undefined): Promise<RuleReading | undefined> {
    if (control === undefined) return undefined;
    try {
      return await this.tools.readRule(control);
    } catch (error) {
      const { message } = error as Error;
      this.tools.report({ type: "warning", message: `The production rule cannot be read: ${message}` });
      return undefined;
    }
  }

  /** The settings of one run, with the record of the shift. They are not saved in the stack's file. */
  private configOf({ kind, config, pinned, expectedSerial }: ReleaseUpdate): Record<string, string> {
    const { actor, commit, reason } = this.origin;
    const isNewShift = kind === "canary" || kind === "flip";
    const run: Record<string, string | undefined> = {
      ...config,
      ...pinned,
      expectedSerial: expectedSerial === undefined ? undefined : String(expectedSerial),
      // A new id repeats a gate check that passed in a killed update.
      updateId: isNewShift ? randomBytes(6).toString("hex") : undefined,
      actor,
      commit,
      reason,
    };
    return this.withProject(run);
  }

  private async saveConfig(config: ConfigChanges): Promise<void> {
    for (const [key, value] of Object.entries(this.withProject(config))) {
      await this.tools.engine.setConfig(key, value);
    }
  }

  private withProject(config: Readonly<Record<string, string | undefined>>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(config).flatMap(([key, value]) =>
        value === undefined ? [] : [[`${this.tools.project}:${key}`, value]],
      ),
    );
  }

  private longestMinutes(update: ReleaseUpdate, { bakeMinutes = 0 }: ReleaseSituation): number {
    const { migrationInvocations } = this;
    return longestMinutes(update, {
      bakeMinutes: this.goal.bakeMinutes ?? bakeMinutes,
      migrationInvocations,
    });
  }
}

/**
 * Settings to write to the stack's file after a failed update, so that the next run continues: the traffic as it is,
 * and the update's other settings.
 */
function configAfterFailure(update: ReleaseUpdate, after: ReleaseSituation | undefined): ConfigChanges {
  const release = after?.release;
  if (release === undefined) return update.kind === "first" ? update.config : {};
  const shares = after?.rule?.shares ?? release.weights;
  return { ...update.config, ...configOfShares(shares, release.live) };
}

function reportEvent(event: EngineEvent, report: ReleaseTools["report"]): void {
  if (event.type === "log" && event.severity === "warning") {
    report({ type: "warning", message: event.message });
  }
  if (event.type !== "step-end" || !event.step.custom) return;
  const { op, name, type, durationMs } = event.step;
  if (op === "same" || op === "read" || op === "refresh") return;
  const seconds = durationMs / 1000;
  const message = `  ${op} ${name} (${type}, ${seconds.toFixed(1)} s)`;
  report({ type: "resource", message, op, name, resourceType: type, seconds });
}

function formatChanges({ create, update, replace, delete: deleted }: UpdateResult["changes"]): string {
  const parts = Object.entries({ created: create, updated: update, replaced: replace, deleted }).filter(
    ([, count]) => count > 0,
  );
  return parts.map(([word, count]) => `${count} ${word}`).join(", ") || "no change";
}

/**
 * True if the planned shift was made between the plan and its update, such as by the update of a killed run. The program
 * then rejects the update, and the next plan continues from there.
 */
function isShiftedMeanwhile(
  { shares }: ReleaseUpdate,
  before: ReleaseSituation,
  after: ReleaseSituation | undefined,
): boolean {
  if (shares === undefined || before.rule === undefined || after?.rule === undefined) return false;
  return !isSameShares(before.rule.shares, shares) && isSameShares(after.rule.shares, shares);
}
