import { generate } from "selfsigned";

export interface SelfSignedCertificate {
  /** In PEM form. The certificate is self-signed, so clients use it as the certificate authority too. */
  readonly certificate: string;
  /** In PEM form (PKCS #8). */
  readonly privateKey: string;
}

const DAY_MS = 86_400_000;

/** Creates a certificate for servers on an IPv4 address and with DNS names, valid for a week. */
export async function selfSignedCertificate(
  name: string,
  address: string,
  dnsNames: readonly string[] = [],
): Promise<SelfSignedCertificate> {
  const { cert, private: privateKey } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - DAY_MS),
    notAfterDate: new Date(Date.now() + 7 * DAY_MS),
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
