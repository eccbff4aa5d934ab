import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { EngineInputError } from "../program/program-error";
import { mapValues } from "../values/codec";
import {
  AssetValue,
  isRecord,
  type Properties,
  ResourceReference,
  Secret,
  Unknown,
  type Value,
} from "../values/values";
import { Cipher } from "./cipher";
import { type ResourceState, StackState } from "./stack-state";

const VERSION = 1;
const CHECK = "changeover state";

const fileSchema = z.object({
  version: z.literal(VERSION),
  project: z.string(),
  stack: z.string(),
  salt: z.string(),
  check: z.string(),
  outputs: z.record(z.string(), z.unknown()),
  resources: z.array(z.record(z.string(), z.unknown())),
  condemned: z.array(z.record(z.string(), z.unknown())),
  pending: z.array(z.object({ urn: z.string(), op: z.string() })),
});

/**
 * The state of one stack in one JSON file, readable by its owner alone. Secrets are encrypted one by one
 * (AES-256-GCM; the key is derived from the caller's by scrypt), everything else is in clear and diffs well.
 */
export class StateFile {
  readonly path: string;
  readonly #encrypted = new WeakMap<Secret, string>();
  #cipher: Cipher | undefined;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(
    path: string,
    private readonly stack: {
      readonly project: string;
      readonly stack: string;
      readonly encryptionKey: string;
    },
  ) {
    this.path = resolve(path);
    if (stack.encryptionKey === "")
      throw new EngineInputError("The key that encrypts secrets in the state is empty.");
  }

  /** The state, or an empty one before the first update. */
  load(): StackState {
    if (!existsSync(this.path)) return new StackState();
    const file = this.#read();
    if (file.project !== this.stack.project || file.stack !== this.stack.stack) {
      const [got, wanted] = [`${file.project}/${file.stack}`, `${this.stack.project}/${this.stack.stack}`];
      throw new EngineInputError(`State file ${this.path} belongs to stack ${got}, not to ${wanted}.`);
    }
    this.#cipher = new Cipher(this.stack.encryptionKey, file.salt);
    try {
      this.#cipher.decrypt(file.check);
    } catch {
      throw new EngineInputError(`State file ${this.path} was written with another encryption key.`);
    }
    try {
      return new StackState({
        resources: file.resources.map((resource) => this.#decodeResource(resource)),
        condemned: file.condemned.map((resource) => this.#decodeResource(resource)),
        pending: file.pending,
        outputs: this.#decode(file.outputs) as Properties,
      });
    } catch (error) {
      throw this.#corrupt(error);
    }
  }

  /** Writes what the state is then; calls that come while a write runs share the next one. */
  save(state: StackState): Promise<void> {
    if (this.#writing === undefined) return this.#start(state);
    this.#next ??= this.#writing.catch(() => undefined).then(() => this.#start(state));
    return this.#next;
  }

  #start(state: StackState): Promise<void> {
    this.#next = undefined;
    this.#writing = this.#write(state).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** A reader, or a crash at any moment, finds the old file or the new one, never a part. */
  async #write(state: StackState): Promise<void> {
    const cipher = this.#key;
    const content: z.infer<typeof fileSchema> = {
      version: VERSION,
      project: this.stack.project,
      stack: this.stack.stack,
      salt: cipher.salt,
      check: cipher.encrypt(CHECK),
      outputs: this.#encode(state.outputs) as Record<string, unknown>,
      resources: [...state.resources.values()].map((resource) => this.#encodeResource(resource)),
      condemned: [...state.condemned].map((resource) => this.#encodeResource(resource)),
      pending: [...state.pending],
    };
    mkdirSync(dirname(this.path), { recursive: true });
    const temporary = `${this.path}.${process.pid}.tmp`;
    try {
      const file = await open(temporary, "w", 0o600);
      try {
        await file.writeFile(`${JSON.stringify(content, null, 1)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw new Error(
        `State file ${this.path} cannot be written: ${error instanceof Error ? error.message : error}`,
      );
    }
  }

  #read(): z.infer<typeof fileSchema> {
    let content: unknown;
    try {
      content = JSON.parse(readFileSync(this.path, "utf8"));
    } catch (error) {
      throw this.#corrupt(error);
    }
    const version = isRecord(content) ? content.version : undefined;
    if (typeof version === "number" && version > VERSION) {
      throw new EngineInputError(
        `State file ${this.path} has version ${version}; this engine reads up to ${VERSION}. Use a newer release.`,
      );
    }
    const parsed = fileSchema.safeParse(content);
    if (!parsed.success) throw this.#corrupt(z.prettifyError(parsed.error));
    return parsed.data;
  }

  #corrupt(reason: unknown): EngineInputError {
    const text = reason instanceof Error ? reason.message : String(reason);
    return new EngineInputError(`State file ${this.path} is damaged (${text}). Restore it from a backup.`);
  }

  /** Made with the first secret that is read or written. */
  get #key(): Cipher {
    this.#cipher ??= new Cipher(this.stack.encryptionKey);
    return this.#cipher;
  }

  #encodeResource(resource: ResourceState): Record<string, unknown> {
    const { inputs, outputs, replacementTrigger: trigger } = resource;
    const encoded = { ...resource, inputs: this.#encode(inputs), outputs: this.#encode(outputs) };
    return trigger === undefined ? encoded : { ...encoded, replacementTrigger: this.#encode(trigger) };
  }

  #decodeResource(resource: Record<string, unknown>): ResourceState {
    const { inputs, outputs, replacementTrigger: trigger } = resource;
    const decoded = { ...resource, inputs: this.#decode(inputs), outputs: this.#decode(outputs) };
    const whole = trigger === undefined ? decoded : { ...decoded, replacementTrigger: this.#decode(trigger) };
    return whole as unknown as ResourceState;
  }

  /** What JSON lacks is written as an object with the one key `$`: `["secret", …]`, `["asset", …]`. */
  #encode(value: Value): unknown {
    if (value instanceof Secret) {
      const known =
        this.#encrypted.get(value) ?? this.#key.encrypt(JSON.stringify(this.#encode(value.reveal())));
      this.#encrypted.set(value, known);
      return { $: ["secret", known] };
    }
    if (value instanceof AssetValue) return { $: [value.kind, value.hash, this.#encodeSource(value)] };
    if (value instanceof ResourceReference) return { $: ["resource", value.urn, value.id] };
    if (value instanceof Unknown) throw new Error("An unknown value was about to be written to the state.");
    if (Array.isArray(value)) return value.map((item) => this.#encode(item));
    if (!isRecord(value)) return value;
    const record = mapValues(value as Properties, (item) => this.#encode(item));
    return "$" in record ? { $: ["object", record] } : record;
  }

  #encodeSource(asset: AssetValue): unknown {
    const { assets, ...source } = asset.source;
    return assets === undefined ? source : { assets: mapValues(assets, (entry) => this.#encode(entry)) };
  }

  #decode(json: unknown): Value {
    if (Array.isArray(json)) return json.map((item) => this.#decode(item));
    if (!isRecord(json)) return json as Value;
    if (!Array.isArray(json.$)) return mapValues(json, (item) => this.#decode(item));
    const [kind, first, second] = json.$ as [string, string, unknown];
    if (kind === "object") return mapValues(first as unknown as Properties, (item) => this.#decode(item));
    if (kind === "resource") return new ResourceReference(first, second as string | undefined);
    if (kind === "asset" || kind === "archive") {
      const source = second as { assets?: Record<string, unknown> };
      if (source.assets === undefined) return new AssetValue(kind, source as AssetValue["source"], first);
      return new AssetValue(
        kind,
        { assets: mapValues(source.assets, (e) => this.#decode(e) as AssetValue) },
        first,
      );
    }
    if (kind !== "secret") throw new Error(`unknown kind of value "${kind}"`);
    const secret = new Secret(this.#decode(JSON.parse(this.#key.decrypt(first))));
    this.#encrypted.set(secret, first);
    return secret;
  }
}
