export interface MarkData {
  readonly from?: string;
  readonly to?: string;
  readonly resourcesChanged?: number;
}

/** A moment in a run; `atMs` is a time of the monotonic clock. */
export interface Mark extends MarkData {
  readonly name: string;
  readonly atMs: number;
}
