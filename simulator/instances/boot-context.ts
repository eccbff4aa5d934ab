import type { ObjectStore } from "../object-store";

export interface BootContext {
  /** The folder that represents the instance's root directory. */
  readonly root: string;
  readonly objects: ObjectStore;
  /** Content that instances can download, by URL: the certificate authorities of RDS. */
  readonly web: ReadonlyMap<string, string>;
}
