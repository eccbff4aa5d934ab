import type * as wafv2 from "@pulumi/aws/wafv2";
import type { Plain, Service } from "../resource-type";
import { ELB_TYPES } from "./elb-names";
import { existing } from "./lookups";
import { recorded } from "./recorded";

/** Web ACLs filter no requests in the simulator. */
export const wafv2Service: Service = {
  resources: {
    "aws:wafv2/webAclAssociation:WebAclAssociation": recorded<Plain<wafv2.WebAclAssociationArgs>>({
      id: ({ webAclArn, resourceArn }) => `${webAclArn},${resourceArn}`,
      reject: ({ resourceArn }, { world }) => {
        existing(world, ELB_TYPES.balancer, resourceArn, "WAFNonexistentItemException");
      },
    }),
  },
};
