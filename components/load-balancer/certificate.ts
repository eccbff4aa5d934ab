import * as acm from "@pulumi/aws/acm";
import * as route53 from "@pulumi/aws/route53";
import * as pulumi from "@pulumi/pulumi";
import { check } from "../validation/invalid-argument";
import { CERTIFICATE_DOMAIN, HOSTED_ZONE_ID } from "../validation/rules";
import { checkShape } from "../validation/shape";
import { checkTags, withTags } from "../validation/tags";

export interface CertificateArgs {
  /** The name that the certificate is for, e.g. `records.example.com` or `*.example.com`; at most 64 characters. */
  domainName: pulumi.Input<string>;
  /** The Route 53 hosted zone in which the validation record is written. */
  hostedZoneId: pulumi.Input<string>;
  /**
   * Tags beside the component's own, which they replace where the key is the same; at most 49. A key has 1-128
   * characters and does not begin with `aws:`, a value up to 256: letters, digits, spaces and `_.:/=+-@`.
   * Default: none.
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * A certificate from ACM, validated by a DNS record in a hosted zone of ours.
 *
 * ```ts
 * const certificate = new Certificate("edge", { domainName: "records.example.com", hostedZoneId: "Z0123456789ABC" });
 * ```
 * @throws InvalidArgumentError for an arg that AWS would refuse, before anything is declared.
 */
export class Certificate extends pulumi.ComponentResource {
  /** Known only when the certificate is validated, so that a listener never gets one that is pending. */
  public readonly arn: pulumi.Output<string>;

  constructor(name: string, args: CertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArgs(name, args);
    super("changeover:index:Certificate", name, args, opts);
    const childOpts = { parent: this };
    const certificate = new acm.Certificate(
      name,
      { domainName: args.domainName, validationMethod: "DNS", tags: withTags(args.tags, { name }) },
      childOpts,
    );
    // One name, so exactly one validation record: it can be declared without waiting for ACM's answer.
    const proof = certificate.domainValidationOptions.apply((options) => {
      const [option] = options;
      if (!option) throw new Error(`ACM gave no validation record for the certificate ${name}`);
      return option;
    });
    const record = new route53.Record(
      `${name}-validation`,
      {
        zoneId: args.hostedZoneId,
        name: proof.resourceRecordName,
        type: proof.resourceRecordType,
        records: [proof.resourceRecordValue],
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

function checkArgs(name: string, args: CertificateArgs): void {
  const what = (key: string) => `Certificate "${name}": ${key}`;
  checkShape("Certificate", name, args);
  check(what("domainName"), args.domainName, CERTIFICATE_DOMAIN);
  check(what("hostedZoneId"), args.hostedZoneId, HOSTED_ZONE_ID);
  checkTags(what("tags"), args.tags);
}
