import type * as route53 from "@pulumi/aws/route53";
import { randomHex } from "../account";
import { AwsError, failure } from "../errors";
import type { Plain, Service } from "../resource-type";
import type { World } from "../world";
import { ELB_TYPES } from "./elb-names";
import { recorded } from "./recorded";

const RECORD_TYPE = "aws:route53/record:Record";

type RecordArgs = Plain<route53.RecordArgs>;

const fqdn = (name: string) => name.replace(/\.$/, "");

/** Names are only recorded. `Simulator.resolve()` follows the aliases of load balancers. */
export const dnsService: Service = {
  resources: {
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

/** The address of a load balancer, by its own name or by an alias. Undefined if there is no such name. */
export function resolveName(world: World, name: string): { host: string; port: number } | undefined {
  const record = world.resources
    .of(RECORD_TYPE)
    .find(({ outs }) => fqdn(String(outs.name)) === name && (outs.aliases as unknown[] | undefined)?.length);
  const [alias] = (record?.outs.aliases ?? []) as { readonly name: string }[];
  const target = alias?.name ?? name;
  const balancers = world.resources.of(ELB_TYPES.balancer);
  if (!balancers.some(({ outs }) => outs.dnsName === target)) return undefined;
  const [host = "", port] = target.split(":");
  return { host, port: Number(port) };
}
