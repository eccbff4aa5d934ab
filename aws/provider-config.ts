/** Provider settings that select another account, or may. */
const ACCOUNT_SETTING =
  /assumeRole|profile|accessKey|secretKey|token|[aA]ccountIds?$|endpoints|shared\w+Files?/;

export function maySelectAccount(setting: string): boolean {
  return ACCOUNT_SETTING.test(setting);
}
