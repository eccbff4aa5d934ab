import type * as pulumi from "@pulumi/pulumi";
import { type TaggedArgs, tagsSpec } from "../tags/tagged-args";
import type { ComponentSpec } from "../validation/args-spec";
import { CERTIFICATE_DOMAIN, HOSTED_ZONE_ID } from "../validation/formats";

export interface CertificateArgs extends TaggedArgs {
  /** The domain name of the certificate, e.g. `records.example.com` or `*.example.com`; at most 64 characters. */
  domainName: pulumi.Input<string>;
  /** The Route 53 hosted zone of the validation record. */
  hostedZoneId: pulumi.Input<string>;
}

export const certificateSpec = {
  args: {
    domainName: { kind: "string", complete: true, format: CERTIFICATE_DOMAIN, required: true, input: true },
    hostedZoneId: { kind: "string", format: HOSTED_ZONE_ID, required: true, input: true },
    tags: tagsSpec(),
  },
} as const satisfies ComponentSpec<CertificateArgs>;
