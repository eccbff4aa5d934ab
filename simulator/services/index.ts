import type { Service } from "../resource-type";
import { accountData } from "./account-data";
import { acmService } from "./acm";
import { autoscalingService } from "./autoscaling";
import { autoscalingPoliciesService } from "./autoscaling-policies";
import { cloudwatchService } from "./cloudwatch";
import { dnsService } from "./dns";
import { ec2Instances } from "./ec2-instances";
import { ec2Network } from "./ec2-network";
import { ec2Security } from "./ec2-security";
import { elb } from "./elb";
import { iamService } from "./iam";
import { lambdas } from "./lambda";
import { randomService } from "./random";
import { rdsService } from "./rds";
import { s3Service } from "./s3";
import { secretsmanagerService } from "./secretsmanager";
import { wafv2Service } from "./wafv2";

export const awsServices: readonly Service[] = [
  accountData,
  acmService,
  autoscalingService,
  autoscalingPoliciesService,
  cloudwatchService,
  dnsService,
  ec2Instances,
  ec2Network,
  ec2Security,
  elb,
  iamService,
  lambdas,
  rdsService,
  s3Service,
  secretsmanagerService,
  wafv2Service,
];

export const randomServices: readonly Service[] = [randomService];
