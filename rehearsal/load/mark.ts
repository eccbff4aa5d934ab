export interface MarkData {
  readonly from?: string;
  readonly to?: string;
  readonly resourcesChanged?: number;
}

/** A moment of a run. `atMs` is in milliseconds of the monotonic clock. */
export interface Mark extends MarkData {
  readonly name: string;
  readonly atMs: number;
}
