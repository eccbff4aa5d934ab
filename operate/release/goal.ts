export interface ReleaseGoal {
  readonly version: string;
  /** Canary steps in percent, ascending, each 1-99. */
  readonly steps: readonly number[];
  /** Bake of each traffic shift. @default the stack's setting */
  readonly bakeMinutes?: number;
  readonly retire: boolean;
  /** Id of the last contract script to run at the end. It requires `retire`. */
  readonly contractThrough?: string;
  readonly retry: boolean;
}
