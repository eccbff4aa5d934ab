/** What changeover's own preview gives where a program asks for what only a cloud or the Pulumi CLI could tell. */
export const STAND_INS: readonly string[] = [
  "<Vpc:shop-vpc.id>",
  "<new Vpc:x.id>",
  "<getVpc(default=true).id>",
  "arn:aws:iam::<getCallerIdentity.accountId>:role/x",
  "[encrypted config value 0123456789ab]",
];
