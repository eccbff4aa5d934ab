/** The first SDK that reads inherited properties of args; with an older one, the schema lacks most args. */
const FIRST_MINOR = 230;

/** @throws Error if Pulumi's SDK for Node.js would derive an incomplete schema. */
export function assertCompleteSchema(sdkVersion: string): void {
  const [major = 0, minor = 0] = sdkVersion.split(".").map(Number);
  if (major > 3 || minor >= FIRST_MINOR) return;
  throw new Error(
    `@pulumi/pulumi must be version 3.${FIRST_MINOR}.0 or later for a program in another language than TypeScript, got ${sdkVersion}. Run npm install @pulumi/pulumi@latest in the package's folder.`,
  );
}
