import { randomBytes } from "node:crypto";

/** The account and region that the one-machine cloud plays. */
export class Account {
  readonly id = "123456789012";
  readonly partition = "aws";

  constructor(readonly region: string) {}

  /** The region's Availability Zones. */
  get zones(): string[] {
    return ["a", "b", "c"].map((letter) => `${this.region}${letter}`);
  }

  arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.id}:${resource}`;
  }

  /** Of services whose ARNs name no region, such as IAM. */
  globalArn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}::${this.id}:${resource}`;
  }
}

export function randomHex(digits: number): string {
  return randomBytes(Math.ceil(digits / 2))
    .toString("hex")
    .slice(0, digits);
}

/** An id as EC2 gives it: `vpc-0` and sixteen hexadecimal digits. */
export function awsId(prefix: string): string {
  return `${prefix}-0${randomHex(16)}`;
}
