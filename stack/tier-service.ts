import * as pulumi from "@pulumi/pulumi";
import { serviceUserData } from "../components";
import type { Application, Infrastructure, PolicyStatement, ServiceContext, TierName } from "../contract";

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html */
const RDS_AUTHORITIES_URL = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem";

/** Time between the end of the service's own drain limit and SIGKILL. */
const STOP_MARGIN_SECONDS = 15;

export function tierUserData(
  application: Application,
  tierName: TierName,
  artifact: { readonly url: pulumi.Input<string>; readonly sha256: string },
  context: ServiceContext,
): pulumi.Output<string> {
  const tier = application.tiers[tierName];
  // A drain of 0 seconds still gives the service a moment to close its connections.
  const service = { ...context, drainSeconds: Math.max(1, context.drainSeconds) };
  const userData = tier.userData ?? serviceUserData;
  return pulumi
    .all([pulumi.output(artifact.url), pulumi.output(tier.environment(service))])
    .apply(([url, environment]) =>
      userData({
        service: application.name,
        artifactUrl: url,
        sha256: artifact.sha256,
        stopTimeoutSeconds: service.drainSeconds + STOP_MARGIN_SECONDS,
        certificateAuthorityUrl:
          tier.needsRdsAuthorities && service.database.requireTls ? RDS_AUTHORITIES_URL : undefined,
        environment,
      }),
    );
}

/**
 * The IAM policy of a tier's instances, as JSON.
 *
 * @param readArtifacts the statements that allow reading the tier's artifacts
 */
export function tierPolicy(
  application: Application,
  tierName: TierName,
  infrastructure: Infrastructure,
  readArtifacts: readonly pulumi.Input<PolicyStatement | Record<string, string>>[],
): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [...readArtifacts, ...application.tiers[tierName].policyStatements(infrastructure)],
  });
}
