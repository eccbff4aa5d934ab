/** Placeholders of `changeover preview` for values that only a cloud or the Pulumi CLI knows. */
export const PLACEHOLDERS: readonly string[] = [
  "<Vpc:shop-vpc.id>",
  "<new Vpc:x.id>",
  "<getVpc(default=true).id>",
  "arn:aws:iam::<getCallerIdentity.accountId>:role/x",
  "[encrypted config value 0123456789ab]",
];
