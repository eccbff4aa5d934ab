import { randomUUID } from "node:crypto";
import type * as acm from "@pulumi/aws/acm";
import type * as route53 from "@pulumi/aws/route53";
import { randomHex } from "../account";
import { AwsError, failure, oneOf } from "../errors";
import type { Plain, Service } from "../resource-type";
import { existing } from "./lookups";
import { recorded } from "./recorded";

const CERTIFICATE_TYPE = "aws:acm/certificate:Certificate";
const RECORD_TYPE = "aws:route53/record:Record";

type RecordArgs = Plain<route53.RecordArgs>;

const fqdn = (name: string) => name.replace(/\.$/, "");

/** Names and certificates are only recorded, because clients reach everything in the simulator by its address. */
export const dnsService: Service = {
  resources: {
    [CERTIFICATE_TYPE]: recorded<Plain<acm.CertificateArgs>>({
      id: (_inputs, { world }) => world.account.arn("acm", `certificate/${randomUUID()}`),
      check: (inputs) => oneOf("validationMethod", inputs.validationMethod, ["DNS", "EMAIL", "NONE"]),
      outs: (arn, { domainName = "", subjectAlternativeNames = [] }) => ({
        arn,
        status: "PENDING_VALIDATION",
        domainValidationOptions: [...new Set([domainName, ...subjectAlternativeNames])].map((name) => ({
          domainName: name,
          resourceRecordName: `_${randomHex(32)}.${name.replace(/^\*\./, "")}.`,
          resourceRecordType: "CNAME",
          resourceRecordValue: `_${randomHex(32)}.acm-validations.aws.`,
        })),
      }),
    }),
    "aws:acm/certificateValidation:CertificateValidation": recorded<Plain<acm.CertificateValidationArgs>>({
      prefix: "validation",
      reject({ certificateArn }, { world }) {
        const { outs } = existing(world, CERTIFICATE_TYPE, certificateArn, "ResourceNotFoundException");
        const names = world.resources.of(RECORD_TYPE).map((record) => fqdn(String(record.outs.name)));
        const options = outs.domainValidationOptions as { resourceRecordName: string }[];
        const lacking = options.find(({ resourceRecordName }) => !names.includes(fqdn(resourceRecordName)));
        if (!lacking) return;
        // The real provider would wait for 75 minutes and then fail.
        throw new Error(
          `The certificate's validation record ${lacking.resourceRecordName} does not exist in Route 53`,
        );
      },
    }),
    [RECORD_TYPE]: recorded<RecordArgs>({
      id: ({ zoneId, name, type, setIdentifier }) =>
        [zoneId, fqdn(name), type, setIdentifier].filter(Boolean).join("_"),
      *check(inputs) {
        if (inputs.aliases && inputs.ttl !== undefined)
          yield failure("ttl", "ttl must not be set for an alias record.");
      },
      reject(inputs, { world }, id) {
        const same = world.resources.of(RECORD_TYPE).some(({ inputs: other }) => {
          return (["zoneId", "name", "type", "setIdentifier"] as const).every(
            (key) => other[key] === inputs[key],
          );
        });
        if (id !== undefined || inputs.allowOverwrite || !same) return;
        const text = `Tried to create resource record set [name='${inputs.name}', type='${inputs.type}'] but it already exists`;
        throw new AwsError("InvalidChangeBatch", text);
      },
      outs: (_id, { name }) => ({ fqdn: fqdn(name) }),
    }),
  },
  dataSources: {
    "aws:route53/getZone:getZone": ({ name, zoneId }, { account }) => {
      const id = zoneId ?? `Z${randomHex(12).toUpperCase()}`;
      return {
        id,
        zoneId: id,
        name,
        arn: `arn:${account.partition}:route53:::hostedzone/${String(id)}`,
        privateZone: false,
      };
    },
  },
};
