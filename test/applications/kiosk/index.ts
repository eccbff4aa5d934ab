import * as pulumi from "@pulumi/pulumi";
import { BlueGreenService, type Color, LoadBalancer, Network } from "../../../components";

const config = new pulumi.Config();

/** A network and a listener of this program, or those of another team. */
function place() {
  const listenerArn = config.get("listenerArn");
  if (listenerArn !== undefined) {
    return {
      listenerArn,
      vpcId: config.require("vpcId"),
      subnetIds: config.requireObject<string[]>("subnetIds"),
      loadBalancerSecurityGroupId: config.require("loadBalancerSecurityGroupId"),
      url: config.require("url"),
    };
  }
  const network = new Network("kiosk", { cidr: "10.20.0.0/16" });
  const edge = new LoadBalancer("kiosk", {
    vpcId: network.vpcId,
    subnetIds: network.publicSubnetIds,
    allowPlainHttp: true,
    protect: false,
  });
  return {
    listenerArn: edge.listenerArn,
    vpcId: network.vpcId,
    subnetIds: network.privateSubnetIds,
    loadBalancerSecurityGroupId: edge.securityGroupId,
    url: edge.ownUrl,
  };
}

const { url: address, ...where } = place();
const versions = { blue: config.get("blueVersion"), green: config.get("greenVersion") };

const service = new BlueGreenService("kiosk", {
  ...where,
  url: address,
  live: (config.get("live") ?? "blue") as Color,
  versions,
  canaryPercent: config.getNumber("canaryPercent"),
  retireIdle: config.get("idle") === "off",
  bakeMinutes: config.getNumber("bakeMinutes"),
  drainSeconds: config.getNumber("drainSeconds"),
  stickySeconds: config.getNumber("stickySeconds"),
  paths: ["/*"],
  minInstances: 2,
  protect: false,
  instancePolicy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::kiosk-releases/*" }],
  }),
  userData: `## template: jinja
#!/bin/bash -e
dnf install -y nodejs22
mkdir -p /opt/kiosk
aws s3 cp s3://kiosk-releases/kiosk.js /opt/kiosk/kiosk.js
cat > /etc/systemd/system/kiosk.service <<'END'
[Service]
Environment=PORT=8080 COLOR=__COLOR__ VERSION=__VERSION__ INSTANCE_ID={{ v1.instance_id }}
ExecStart=/usr/bin/node /opt/kiosk/kiosk.js
Restart=always
TimeoutStopSec=20
END
systemctl enable --now kiosk
`,
});

export const url = address;
export const release = { live: service.liveColor };
export const { weights } = service;
export { versions };
