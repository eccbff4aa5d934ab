import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface Certificate {
  /** PEM; it signed itself, so it is its own authority. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly privateKey: string;
}

// ASN.1's tags, in DER. https://www.rfc-editor.org/rfc/rfc5280
const tags = { integer: 0x02, bits: 0x03, octets: 0x04, utf8: 0x0c, time: 0x17, sequence: 0x30, set: 0x31 };

const oids = {
  ecdsaWithSha256: Buffer.from("06082a8648ce3d040302", "hex"),
  commonName: Buffer.from("0603550403", "hex"),
  basicConstraints: Buffer.from("0603551d13", "hex"),
  subjectAltName: Buffer.from("0603551d11", "hex"),
};

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const hex = body.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const sequence = (...content: readonly Buffer[]) => der(tags.sequence, ...content);
const bits = (content: Buffer) => der(tags.bits, Buffer.from([0]), content);

/** `YYMMDDHHMMSSZ` */
function time(at: number): Buffer {
  const text = new Date(at).toISOString().replace(/[-:T]|\.\d+/g, "");
  return der(tags.time, Buffer.from(text.slice(2)));
}

function extension(oid: Buffer, value: Buffer): Buffer {
  return sequence(oid, der(tags.octets, value));
}

const dayMs = 86_400_000;

/**
 * A certificate for servers on an IPv4 address, good for a week: Node makes keys but no certificates, and a machine
 * need not have openssl.
 */
export function selfSignedCertificate(name: string, address: string): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const algorithm = sequence(oids.ecdsaWithSha256);
  const subject = sequence(der(tags.set, sequence(oids.commonName, der(tags.utf8, Buffer.from(name)))));
  const serial = randomBytes(16);
  serial[0] = 0x01; // Positive, and no leading zero.
  const ipAddress = der(0x87, Buffer.from(address.split(".").map(Number)));
  const isAuthority = sequence(Buffer.from([0x01, 0x01, 0xff]));
  const body = sequence(
    der(0xa0, der(tags.integer, Buffer.from([2]))), // Version 3.
    der(tags.integer, serial),
    algorithm,
    subject,
    sequence(time(Date.now() - dayMs), time(Date.now() + 7 * dayMs)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(
      0xa3,
      sequence(
        extension(oids.basicConstraints, isAuthority),
        extension(oids.subjectAltName, sequence(ipAddress)),
      ),
    ),
  );
  const whole = sequence(body, algorithm, bits(sign("sha256", body, privateKey)));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
