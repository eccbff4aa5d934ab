/** The state that `changeover release` brings a stack to. */
export interface ReleaseGoal {
  readonly version: string;
  /** Canary steps in percent, ascending, each 1-99. */
  readonly steps: readonly number[];
  /** Bake of each traffic shift. @default the stack's setting */
  readonly bakeMinutes?: number;
  /** Scale the idle color in to 0 at the end. */
  readonly retire: boolean;
  /** Id of the last contract script to run at the end. It requires `retire`. */
  readonly contractThrough?: string;
  /** Release a version that was rolled back. */
  readonly retry: boolean;
}
