import * as acm from "@pulumi/aws/acm";
import * as route53 from "@pulumi/aws/route53";
import * as pulumi from "@pulumi/pulumi";
import { withTags } from "../tags/resource-tags";
import { validateArgs } from "../validation/validate-args";
import { type CertificateArgs, certificateSpec } from "./certificate-args";

/**
 * An ACM certificate, validated by a DNS record in a hosted zone of the account.
 *
 * ```ts
 * const certificate = new Certificate("edge", { domainName: "records.example.com", hostedZoneId: "Z0123456789ABC" });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args.
 */
export class Certificate extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = certificateSpec;

  /**
   * The ARN of the certificate. It is known once the certificate is validated, because a listener rejects a pending
   * one.
   */
  public readonly arn: pulumi.Output<string>;

  constructor(name: string, args: CertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    validateArgs(Certificate, name, args, opts);
    super("changeover:index:Certificate", name, args, opts);
    const childOpts = { parent: this };
    const certificate = new acm.Certificate(
      name,
      { domainName: args.domainName, validationMethod: "DNS", tags: withTags(args.tags, { name }) },
      childOpts,
    );
    // A certificate for one domain name has one validation record, which can be declared before ACM returns its
    // content.
    const challenge = certificate.domainValidationOptions.apply((options) => {
      const [option] = options;
      if (!option) throw new Error(`ACM returned no validation record for the certificate ${name}.`);
      return option;
    });
    const record = new route53.Record(
      `${name}-validation`,
      {
        zoneId: args.hostedZoneId,
        name: challenge.resourceRecordName,
        type: challenge.resourceRecordType,
        records: [challenge.resourceRecordValue],
        ttl: 60,
        allowOverwrite: true,
      },
      childOpts,
    );
    const validation = new acm.CertificateValidation(
      `${name}-validation`,
      { certificateArn: certificate.arn, validationRecordFqdns: [record.fqdn] },
      childOpts,
    );
    this.arn = validation.certificateArn;
    this.registerOutputs({ arn: this.arn });
  }
}
