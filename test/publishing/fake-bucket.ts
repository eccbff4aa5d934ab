import type { ReleaseBucket } from "../../publishing/release-bucket";

/** A bucket in memory. A write of a key in `failing` fails. */
export class FakeBucket implements ReleaseBucket {
  readonly name = "shop-releases";
  readonly objects = new Map<string, Buffer>();
  readonly failing = new Set<string>();

  async putOnce(key: string, content: Buffer): Promise<"stored" | "exists"> {
    if ([...this.failing].some((beginning) => key.startsWith(beginning))) throw new Error("SlowDown");
    if (this.objects.has(key)) return "exists";
    this.objects.set(key, content);
    return "stored";
  }

  async get(key: string): Promise<Buffer | undefined> {
    return this.objects.get(key);
  }

  close(): void {}
}
