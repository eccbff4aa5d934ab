import { generate } from "selfsigned";

export interface ServerCertificate {
  /** In PEM form. */
  readonly certificate: string;
  /** In PEM form (PKCS #8). */
  readonly privateKey: string;
}

/** A certificate authority whose certificates clients of the simulator trust. */
export class CertificateAuthority {
  private constructor(
    /** In PEM form. */
    readonly certificate: string,
    private readonly privateKey: string,
  ) {}

  /** @param name its common name, which must differ from that of other authorities, because clients find it by its name */
  static async create(name: string): Promise<CertificateAuthority> {
    const { cert, private: privateKey } = await generate([{ name: "commonName", value: name }], {
      ...validForAWeek(),
      extensions: [
        { name: "basicConstraints", cA: true, critical: true },
        { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
      ],
    });
    return new CertificateAuthority(cert, privateKey);
  }

  /** Issues the certificate of a server. @param names its DNS names, the first of which is the common name */
  async issue(names: readonly string[]): Promise<ServerCertificate> {
    const { cert, private: privateKey } = await generate([{ name: "commonName", value: names[0] ?? "" }], {
      ...validForAWeek(),
      ca: { key: this.privateKey, cert: this.certificate },
      extensions: [
        { name: "basicConstraints", cA: false },
        { name: "keyUsage", digitalSignature: true, critical: true },
        { name: "extKeyUsage", serverAuth: true },
        { name: "subjectAltName", altNames: names.map((value) => ({ type: 2 as const, value })) },
      ],
    });
    return { certificate: cert, privateKey };
  }
}

const DAY_MS = 86_400_000;

/**
 * Creates a certificate for servers on an IPv4 address and with DNS names, valid for a week. It is self-signed, so
 * clients use it as the certificate authority too.
 */
export async function selfSignedCertificate(
  name: string,
  address: string,
  dnsNames: readonly string[] = [],
): Promise<ServerCertificate> {
  const { cert, private: privateKey } = await generate([{ name: "commonName", value: name }], {
    ...validForAWeek(),
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [{ type: 7, ip: address }, ...dnsNames.map((value) => ({ type: 2 as const, value }))],
      },
    ],
  });
  return { certificate: cert, privateKey };
}

function validForAWeek() {
  return {
    keyType: "ec" as const,
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - DAY_MS),
    notAfterDate: new Date(Date.now() + 7 * DAY_MS),
  };
}
