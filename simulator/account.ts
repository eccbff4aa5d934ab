import { randomBytes } from "node:crypto";

/** The AWS account and region that the simulator presents. */
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

  /** An ARN without a region, for global services such as IAM. */
  globalArn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}::${this.id}:${resource}`;
  }
}

export function randomHex(digits: number): string {
  return randomBytes(Math.ceil(digits / 2))
    .toString("hex")
    .slice(0, digits);
}

/** An id in EC2's form: `vpc-0` and sixteen hexadecimal digits. */
export function awsId(prefix: string): string {
  return `${prefix}-0${randomHex(16)}`;
}
