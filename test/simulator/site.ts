import { createNetwork, type Resource, type TestSimulator } from "./stack";

/** Responds with its version and instance, after `ms`, and shuts down gracefully. */
export const application = `
const http = require("node:http");
let draining = false;
const server = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://x");
  if (pathname === "/healthz") {
    response.writeHead(draining || process.env.SICK ? 503 : 200).end();
  } else if (pathname === "/crash") {
    process.exit(1);
  } else {
    const answer = { color: process.env.COLOR, version: process.env.VERSION, instance: process.env.INSTANCE_ID, region: process.env.AWS_REGION };
    setTimeout(() => response.end(JSON.stringify(answer)), Number(searchParams.get("ms") || 0));
  }
});
server.keepAliveTimeout = 75_000;
server.listen(Number(process.env.PORT), process.env.HOST, () => console.log("listening"));
process.on("SIGTERM", () => {
  draining = true;
  if (!process.env.STUBBORN) server.close(() => process.exit(0));
});
`;

/** User data as the components write it. */
export function userData(environment: Record<string, string>, unit: string[] = []): string {
  const variables = { ...environment, INSTANCE_ID: "{{ v1.instance_id }}", PORT: "8080" };
  const lines = Object.entries(variables).map(([key, value]) => `${key}="${value}"\n`);
  const service = [
    "[Unit]",
    "Description=web",
    "[Service]",
    "EnvironmentFile=/etc/web/environment",
    "ExecStart=/usr/bin/node /opt/web/main.js",
    "DynamicUser=yes",
    "TimeoutStopSec=2",
    ...(unit.length > 0 ? unit : ["Restart=always", "RestartSec=100ms"]),
  ].join("\n");
  const files = [
    { path: "/etc/web/environment", content: lines.join("") },
    { path: "/etc/systemd/system/web.service", content: service },
  ];
  const commands = [
    ["mkdir", "-p", "/opt/web"],
    ["aws", "s3", "cp", "s3://code/web.js", "/opt/web/main.js"],
    ["systemctl", "daemon-reload"],
    ["systemctl", "enable", "--now", "web.service"],
  ];
  const text = [
    "## template: jinja",
    "#cloud-config",
    'packages: ["nodejs22"]',
    "write_files:",
    ...files.map((file) => `  - ${JSON.stringify(file)}`),
    "runcmd:",
    ...commands.map((command) => `  - ${JSON.stringify(command)}`),
  ].join("\n");
  return Buffer.from(text).toString("base64");
}

export interface Site {
  readonly url: string;
  readonly subnets: string[];
  readonly vpcId: string;
  readonly loadBalancer: Resource;
  readonly listener: Resource;
  readonly targetGroup: Resource;
  readonly rule: Resource;
}

export const types = {
  balancer: "aws:lb/loadBalancer:LoadBalancer",
  certificate: "aws:acm/certificate:Certificate",
  listener: "aws:lb/listener:Listener",
  rule: "aws:lb/listenerRule:ListenerRule",
  targetGroup: "aws:lb/targetGroup:TargetGroup",
  template: "aws:ec2/launchTemplate:LaunchTemplate",
  group: "aws:autoscaling/group:Group",
} as const;

export const closed = {
  type: "fixed-response",
  fixedResponse: { statusCode: "503", contentType: "text/plain", messageBody: "closed" },
};

export const healthCheck = {
  path: "/healthz",
  interval: 5,
  timeout: 2,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
};

/** A load balancer with one target group behind a rule, and the application in a bucket. */
export async function createSite(stack: TestSimulator): Promise<Site> {
  const { subnets, vpcId } = await createNetwork(stack);
  await stack.create("aws:s3/bucket:Bucket", "code", { bucket: "code" });
  const object = { bucket: "code", key: "web.js", content: application };
  await stack.create("aws:s3/bucketObjectv2:BucketObjectv2", "web", object);
  const loadBalancer = await stack.create(types.balancer, "edge", {
    subnets,
    loadBalancerType: "application",
  });
  const listener = await stack.create(types.listener, "edge", {
    loadBalancerArn: loadBalancer.id,
    port: 80,
    protocol: "HTTP",
    defaultActions: [closed],
  });
  const targetGroup = await stack.create(types.targetGroup, "web", {
    port: 8080,
    protocol: "HTTP",
    vpcId,
    deregistrationDelay: 30,
    healthCheck,
  });
  const rule = await stack.create(types.rule, "web", {
    listenerArn: listener.id,
    priority: 10,
    conditions: [{ pathPattern: { values: ["/*"] } }],
    actions: [{ type: "forward", targetGroupArn: targetGroup.id }],
  });
  const url = `http://${loadBalancer.outs.dnsName}`;
  return { url, subnets, vpcId, loadBalancer, listener, targetGroup, rule };
}

/** A launch template and a group of instances of it. */
export async function createFleet(
  stack: TestSimulator,
  site: Site,
  settings: { version: string; environment?: Record<string, string>; unit?: string[] } & Record<
    string,
    unknown
  >,
): Promise<{ template: Resource; group: Resource }> {
  const { version, environment, unit, ...group } = settings;
  const data = userData({ VERSION: version, ...environment }, unit);
  const template = await stack.create(types.template, "web", { userData: data, updateDefaultVersion: true });
  const inputs = groupInputs(site, template, group);
  return { template, group: await stack.create(types.group, "web", inputs) };
}

export function groupInputs(site: Site, template: Resource, more: Record<string, unknown> = {}) {
  return {
    launchTemplate: { id: template.id, version: String(template.outs.latestVersion) },
    vpcZoneIdentifiers: site.subnets,
    targetGroupArns: [site.targetGroup.id],
    minSize: 2,
    maxSize: 4,
    minElbCapacity: 2,
    healthCheckType: "ELB",
    healthCheckGracePeriod: 100,
    waitForCapacityTimeout: "10m",
    ...more,
  };
}
