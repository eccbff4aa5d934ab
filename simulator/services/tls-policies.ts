import { AwsError } from "../errors";
import type { TlsSettings } from "../load-balancer/types";

/**
 * Versions of TLS that a security policy allows. Node.js supports none below 1.2, so policies that also allow older
 * versions start with 1.2 here. Cipher suites are Node's.
 *
 * @throws AwsError for the name of a policy that AWS does not have
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
 */
export function minTlsVersion(
  policy = "ELBSecurityPolicy-2016-08",
): Pick<TlsSettings, "minVersion" | "maxVersion"> {
  const name = policy.replace(/^ELBSecurityPolicy-/, "");
  if (name === policy || !POLICIES.some((pattern) => pattern.test(name))) {
    throw new AwsError("SSLPolicyNotFound", `SSL policy '${policy}' not found`);
  }
  if (/^TLS13-1-3-/.test(name)) return { minVersion: "TLSv1.3" };
  if (/^TLS13-/.test(name)) return { minVersion: "TLSv1.2" };
  return { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" };
}

const POLICIES = [
  /^2016-08$/,
  /^TLS-1-[012]-(2015-04|2017-01)$/,
  /^TLS-1-2-Ext-2018-06$/,
  /^FS-(2018-06|1-1-2019-08|1-2-2019-08|1-2-Res-2019-08|1-2-Res-2020-10)$/,
  /^TLS13-1-[0123](-Res|-Ext[012])?(-FIPS)?(-PQ)?-(2021-06|2023-04|2025-09)$/,
];
