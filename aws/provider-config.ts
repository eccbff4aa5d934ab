/** Provider settings that select, or may select, another account. */
const ACCOUNT_SETTING =
  /assumeRole|profile|accessKey|secretKey|token|[aA]ccountIds?$|endpoints|shared\w+Files?/;

export function maySelectAccount(setting: string): boolean {
  return ACCOUNT_SETTING.test(setting);
}
