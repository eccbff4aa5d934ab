import type { LoadFigures } from "./figures";
import type { Mark } from "./mark";
import type { LoadSettings } from "./options";

export type ToWorker =
  | { readonly type: "start"; readonly settings: LoadSettings }
  | { readonly type: "mark"; readonly mark: Mark }
  | { readonly type: "stop" };

export type FromWorker =
  | { readonly type: "progress"; readonly figures: LoadFigures }
  | { readonly type: "stopped"; readonly figures: LoadFigures };
