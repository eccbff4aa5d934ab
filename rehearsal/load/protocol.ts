import type { LoadFigures } from "./figures";
import type { Mark } from "./mark";
import type { LoadSettings } from "./options";

/** What the caller's process tells the generator's. */
export type ToWorker =
  | { readonly type: "start"; readonly settings: LoadSettings }
  | { readonly type: "mark"; readonly mark: Mark }
  | { readonly type: "stop" };

/** What the generator's process tells the caller's: figures each second, and the last ones after `stop`. */
export type FromWorker =
  | { readonly type: "progress"; readonly figures: LoadFigures }
  | { readonly type: "stopped"; readonly figures: LoadFigures };
