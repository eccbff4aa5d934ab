import type { LoadFigures } from "./figures";
import type { Mark } from "./mark";
import type { LoadSettings } from "./options";

/** Messages to the generator's process. */
export type ToWorker =
  | { readonly type: "start"; readonly settings: LoadSettings }
  | { readonly type: "mark"; readonly mark: Mark }
  | { readonly type: "stop" };

/** Messages from it: figures each second, and the last ones after `stop`. */
export type FromWorker =
  | { readonly type: "progress"; readonly figures: LoadFigures }
  | { readonly type: "stopped"; readonly figures: LoadFigures };
