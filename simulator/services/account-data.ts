import { AwsError } from "../errors";
import type { Service } from "../resource-type";

export const accountData: Service = {
  dataSources: {
    "aws:index/getAvailabilityZones:getAvailabilityZones": (_args, { account }) => ({
      id: account.region,
      region: account.region,
      names: account.zones,
      zoneIds: account.zones.map((_zone, index) => `${account.region}-az${index + 1}`),
      groupNames: [account.region],
    }),
    "aws:index/getRegion:getRegion": (_args, { account }) => ({
      id: account.region,
      name: account.region,
      region: account.region,
      description: "Simulator",
      endpoint: `ec2.${account.region}.amazonaws.com`,
    }),
    "aws:index/getCallerIdentity:getCallerIdentity": (_args, { account }) => ({
      id: account.id,
      accountId: account.id,
      arn: account.globalArn("iam", "user/rehearsal"),
      userId: "AIDAREHEARSAL",
    }),
    "aws:index/getDefaultTags:getDefaultTags": (_args, { account }) => ({ id: account.partition, tags: {} }),
    "aws:index/getPartition:getPartition": (_args, { account }) => ({
      id: account.partition,
      partition: account.partition,
      dnsSuffix: "amazonaws.com",
      reverseDnsPrefix: "com.amazonaws",
    }),
    "aws:ssm/getParameter:getParameter": ({ name }, { account, images }) => {
      if (!/^\/aws\/service\/ami-/.test(String(name))) {
        throw new AwsError(
          "ParameterNotFound",
          `${String(name)} is not supported by the simulator. Use an AMI parameter (/aws/service/ami-…).`,
        );
      }
      const { id: value, version } = images.latest;
      const arn = `arn:${account.partition}:ssm:${account.region}::parameter${String(name)}`;
      return { id: name, name, arn, type: "String", value, insecureValue: value, version };
    },
  },
};
