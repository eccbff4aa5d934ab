export interface MarkData {
  readonly from?: string;
  readonly to?: string;
  readonly resourcesChanged?: number;
  /** Deployed versions by color, for answers that name only their version. Empty for a color without instances. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** A moment of a run. `atMs` is in milliseconds of the monotonic clock. */
export interface Mark extends MarkData {
  readonly name: string;
  readonly atMs: number;
}
