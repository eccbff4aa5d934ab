import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";

const ALGORITHM = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts texts with a key that is derived from a passphrase by scrypt. */
export class Cipher {
  readonly #key: Buffer;

  constructor(
    passphrase: string,
    /** Base64; belongs to what is encrypted, and is no secret. */
    readonly salt: string = randomBytes(16).toString("base64"),
  ) {
    this.#key = scryptSync(passphrase, Buffer.from(salt, "base64"), 32);
  }

  encrypt(text: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, iv);
    const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64");
  }

  /** Throws when the key is another one or the text was changed. */
  decrypt(encrypted: string): string {
    const bytes = Buffer.from(encrypted, "base64");
    const decipher = createDecipheriv(ALGORITHM, this.#key, bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const body = bytes.subarray(IV_BYTES + TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
  }
}
