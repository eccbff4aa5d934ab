export class CookieJar {
  private readonly cookies = new Map<string, { readonly value: string; readonly expiresAt: number }>();

  store(setCookies: readonly string[] | undefined, now = Date.now()): void {
    for (const line of setCookies ?? []) {
      const [pair = "", ...attributes] = line.split(";");
      const separator = pair.indexOf("=");
      if (separator < 1) continue;
      this.cookies.set(pair.slice(0, separator).trim(), {
        value: pair.slice(separator + 1).trim(),
        expiresAt: expiry(attributes, now),
      });
    }
  }

  header(now = Date.now()): string | undefined {
    const live = [...this.cookies].filter(([, cookie]) => cookie.expiresAt > now && cookie.value !== "");
    return live.length === 0 ? undefined : live.map(([name, { value }]) => `${name}=${value}`).join("; ");
  }

  /** Deletes all cookies, except those whose name matches. */
  clear(kept: RegExp): void {
    for (const name of this.cookies.keys()) if (!kept.test(name)) this.cookies.delete(name);
  }
}

/**
 * Expiry time of a cookie. `Max-Age` takes precedence over `Expires` (RFC 6265, 5.3); a cookie with neither never
 * expires.
 */
function expiry(attributes: readonly string[], now: number): number {
  const values = new Map<string, string>();
  for (const attribute of attributes) {
    const [name = "", ...value] = attribute.split("=");
    values.set(name.trim().toLowerCase(), value.join("=").trim());
  }
  const maxAgeSeconds = Number(values.get("max-age") ?? Number.NaN);
  if (!Number.isNaN(maxAgeSeconds)) return now + maxAgeSeconds * 1000;
  const expires = Date.parse(values.get("expires") ?? "");
  return Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires;
}
