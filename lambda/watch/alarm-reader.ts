import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { readAlarms, type WatchedAlarm } from "../../traffic/alarms";
import { log } from "../function-environment";

/** Reads alarms repeatedly and measures for how long that has failed. */
export class AlarmReader {
  missing: readonly string[] = [];
  private readonly startedAt = Date.now();
  private readAt: number | undefined;
  private failure = "";

  constructor(
    private readonly client: CloudWatchClient,
    private readonly names: readonly string[],
  ) {}

  /** Returns the states, or an empty list if the read failed. */
  async read(): Promise<readonly WatchedAlarm[]> {
    if (this.names.length === 0) return [];
    try {
      const alarms = await readAlarms(this.client, this.names);
      this.readAt = Date.now();
      this.failure = "";
      this.missing = alarms.filter(({ state }) => state === "MISSING").map(({ name }) => name);
      return alarms;
    } catch (error) {
      const { name, message } = error as Error;
      this.failure = `${name}: ${message}`;
      log("alarms cannot be read", { error: this.failure });
      return [];
    }
  }

  /** The error of the newest read, if reads have failed for longer than the limit. */
  blindFor(limitMs: number): string | undefined {
    const blindMs = Date.now() - (this.readAt ?? this.startedAt);
    if (this.failure === "" || blindMs <= limitMs) return undefined;
    return `the alarms have not been read for ${Math.round(blindMs / 1000)} s: ${this.failure}`;
  }

  /** The error, if no read has succeeded yet. */
  get neverRead(): string | undefined {
    return this.failure === "" || this.readAt !== undefined
      ? undefined
      : `the alarms could not be read: ${this.failure}`;
  }
}
