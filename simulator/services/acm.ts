import { randomUUID, X509Certificate } from "node:crypto";
import type * as acm from "@pulumi/aws/acm";
import { randomHex } from "../account";
import { AwsError, oneOf } from "../errors";
import type { TlsCertificate } from "../load-balancer/types";
import type { Plain, Service } from "../resource-type";
import type { World } from "../world";
import { existing } from "./lookups";
import { recorded } from "./recorded";

type CertificateArgs = Plain<acm.CertificateArgs>;

const CERTIFICATE_TYPE = "aws:acm/certificate:Certificate";
const VALIDATION_TYPE = "aws:acm/certificateValidation:CertificateValidation";
const RECORD_TYPE = "aws:route53/record:Record";

/** ACM: certificates of the simulator's own authority, once their DNS records exist. */
export const acmService: Service = {
  resources: {
    [CERTIFICATE_TYPE]: recorded<CertificateArgs>({
      id: (_inputs, { world }) => world.account.arn("acm", `certificate/${randomUUID()}`),
      check: (inputs) => oneOf("validationMethod", inputs.validationMethod, ["DNS", "EMAIL", "NONE"]),
      outs: (arn, inputs) => ({
        arn,
        status: isImported(inputs) ? "ISSUED" : "PENDING_VALIDATION",
        domainValidationOptions: namesOf(inputs).map((name) => ({
          domainName: name,
          resourceRecordName: `_${randomHex(32)}.${name.replace(/^\*\./, "")}.`,
          resourceRecordType: "CNAME",
          resourceRecordValue: `_${randomHex(32)}.acm-validations.aws.`,
        })),
      }),
    }),
    [VALIDATION_TYPE]: recorded<Plain<acm.CertificateValidationArgs>>({
      prefix: "validation",
      reject({ certificateArn }, { world }) {
        const { outs } = existing(world, CERTIFICATE_TYPE, certificateArn, "ResourceNotFoundException");
        const names = world.resources.of(RECORD_TYPE).map((record) => plainName(String(record.outs.name)));
        const options = outs.domainValidationOptions as { resourceRecordName: string }[];
        const lacking = options.find(
          ({ resourceRecordName }) => !names.includes(plainName(resourceRecordName)),
        );
        if (!lacking) return;
        // The real provider would wait for 75 minutes and then fail.
        throw new Error(
          `The certificate's validation record ${lacking.resourceRecordName} does not exist in Route 53`,
        );
      },
    }),
  },
};

/**
 * The certificate and the private key behind an ARN: those that were imported, or new ones of the simulator's authority.
 *
 * @throws AwsError if there is no such certificate, or it is not issued yet
 */
export async function serverCertificate(world: World, arn: string): Promise<TlsCertificate> {
  const found = world.resources.get(CERTIFICATE_TYPE, arn);
  if (!found) throw new AwsError("CertificateNotFound", `Certificate '${arn}' not found`);
  const inputs = found.outs as unknown as CertificateArgs;
  const { certificateBody: certificate, privateKey } = inputs;
  if (certificate !== undefined && privateKey !== undefined) {
    return { names: certifiedNames(certificate), certificate, privateKey };
  }
  const names = namesOf(inputs);
  const validated = world.resources.of(VALIDATION_TYPE).some(({ outs }) => outs.certificateArn === arn);
  if (!validated) {
    throw new AwsError(
      "UnsupportedCertificate",
      `The certificate '${arn}' is not issued: it is pending validation`,
    );
  }
  return { names, ...(await world.authority.issue(names)) };
}

function isImported({ certificateBody }: CertificateArgs): boolean {
  return certificateBody !== undefined;
}

function namesOf({ domainName = "", subjectAlternativeNames = [] }: CertificateArgs): string[] {
  return [...new Set([domainName, ...subjectAlternativeNames])].filter(Boolean);
}

/** The DNS names in an imported certificate. */
function certifiedNames(certificate: string): string[] {
  const { subjectAltName = "" } = new X509Certificate(certificate);
  return subjectAltName.split(", ").flatMap((name) => /^DNS:(.+)$/.exec(name)?.[1] ?? []);
}

function plainName(name: string): string {
  return name.replace(/\.$/, "");
}
