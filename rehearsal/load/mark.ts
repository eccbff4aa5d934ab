/** What is known of a flip: the colors when it starts, the changed resources when it has finished. */
export interface MarkData {
  readonly from?: string;
  readonly to?: string;
  readonly resourcesChanged?: number;
}

/** A moment that matters for reading the figures; `atMs` is of the monotonic clock. */
export interface Mark extends MarkData {
  readonly name: string;
  readonly atMs: number;
}
