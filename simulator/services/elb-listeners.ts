import type * as lb from "@pulumi/aws/lb";
import { randomHex } from "../account";
import { AwsError, between, failure, oneOf } from "../errors";
import type { ListenerProtocol } from "../load-balancer/types";
import { type Plain, resourceType } from "../resource-type";
import type { World } from "../world";
import { serverCertificate } from "./acm";
import { checkActions, toAction } from "./elb-actions";
import { ELB_TYPES } from "./elb-names";
import { minTlsVersion } from "./tls-policies";

type ListenerArgs = Plain<lb.ListenerArgs>;

const CERTIFICATE_TYPE = "aws:lb/listenerCertificate:ListenerCertificate";

/** The inputs that determine the behavior of a listener. */
interface ListenerSettings extends Pick<ListenerArgs, "defaultActions" | "certificateArn" | "sslPolicy"> {
  readonly loadBalancerArn: string;
  readonly protocol: ListenerProtocol;
}

export const listener = resourceType<ListenerArgs>({
  *check(inputs) {
    if (inputs.defaultActions) yield* checkActions("defaultActions", inputs.defaultActions);
    yield* between("port", inputs.port, 1, 65535);
    yield* oneOf("protocol", inputs.protocol, ["HTTP", "HTTPS"]);
    if (inputs.protocol === "HTTPS" && !("certificateArn" in inputs)) {
      yield failure("certificateArn", "certificateArn must be set for an HTTPS listener.");
    }
  },
  async create(inputs, { world }) {
    const { loadBalancerArn, port = 80, protocol = "HTTP" } = inputs;
    const suffix = String(world.resources.get(ELB_TYPES.balancer, loadBalancerArn)?.outs.arnSuffix);
    const others = world.resources
      .of(ELB_TYPES.listener)
      .filter(({ outs }) => outs.loadBalancerArn === loadBalancerArn);
    if (others.some(({ outs }) => outs.port === port)) {
      throw new AwsError("DuplicateListener", `A listener already exists on port ${port}`);
    }
    if (others.some(({ outs }) => outs.protocol === protocol)) {
      throw new Error(
        `${loadBalancerArn} must have at most one ${protocol} listener in the simulator, got another one on port ${port}. ` +
          "Listeners of one protocol share a port there.",
      );
    }
    await configure(world, { ...inputs, protocol: protocol as ListenerProtocol }, []);
    const arn = world.account.arn("elasticloadbalancing", `listener/${suffix}/${randomHex(16)}`);
    return { id: arn, outs: { arn, port, protocol } };
  },
  async update(arn, inputs, { world, outs }) {
    const protocol = outs.protocol as ListenerProtocol;
    await configure(world, { ...inputs, protocol }, furtherCertificates(world, arn));
    return {};
  },
  delete(arn, outs, { world }) {
    const loadBalancerArn = String(outs.loadBalancerArn);
    for (const rule of world.resources
      .of(ELB_TYPES.rule)
      .filter(({ inputs }) => inputs.listenerArn === arn)) {
      world.loadBalancing.deleteRule(loadBalancerArn, rule.id);
    }
    world.loadBalancing.deleteListener(loadBalancerArn, outs.protocol as ListenerProtocol);
  },
});

/** A further certificate of an HTTPS listener, for clients that name one of its hosts. */
export const listenerCertificate = resourceType<Plain<lb.ListenerCertificateArgs>>({
  async create({ listenerArn, certificateArn }, { world }) {
    const arns = [...furtherCertificates(world, listenerArn), certificateArn];
    await configureTls(world, listenerOf(world, listenerArn), arns);
    return { id: `${listenerArn}_${certificateArn}` };
  },
  async delete(id, outs, { world }) {
    const listenerArn = String(outs.listenerArn);
    if (world.resources.get(ELB_TYPES.listener, listenerArn) === undefined) return;
    const arns = furtherCertificates(world, listenerArn).filter((arn) => !id.endsWith(`_${arn}`));
    await configureTls(world, listenerOf(world, listenerArn), arns);
  },
});

async function configure(
  world: World,
  settings: ListenerSettings,
  further: readonly string[],
): Promise<void> {
  const { loadBalancerArn, protocol, defaultActions } = settings;
  if (protocol === "HTTPS") await configureTls(world, settings, further);
  const [first] = defaultActions;
  if (first) world.loadBalancing.setDefaultAction(loadBalancerArn, toAction(first), protocol);
}

async function configureTls(
  world: World,
  { loadBalancerArn, certificateArn, sslPolicy }: ListenerSettings,
  further: readonly string[],
): Promise<void> {
  const arns = [certificateArn ?? "", ...further];
  const certificates = await Promise.all(arns.map((arn) => serverCertificate(world, arn)));
  world.loadBalancing.balancer(loadBalancerArn).setTls({ certificates, ...minTlsVersion(sslPolicy) });
}

function listenerOf(world: World, listenerArn: string): ListenerSettings {
  const found = world.resources.get(ELB_TYPES.listener, listenerArn);
  if (!found) throw new AwsError("ListenerNotFound", `One or more listeners not found: ${listenerArn}`);
  return found.outs as unknown as ListenerSettings;
}

function furtherCertificates(world: World, listenerArn: string): string[] {
  return world.resources
    .of(CERTIFICATE_TYPE)
    .filter(({ outs }) => outs.listenerArn === listenerArn)
    .map(({ outs }) => String(outs.certificateArn));
}
