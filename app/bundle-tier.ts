import { join } from "node:path";
import { type Bundle, bundle } from "../build/bundle";
import type { TierName } from "../contract";

/** Bundles one tier of one version to `dist/app/<version>/<tier>.js`, with the queries of that version alone. */
export function bundleTier(tier: TierName, version: string): Bundle {
  const entry =
    tier === "web"
      ? `import { startWeb } from "./web/main";\nvoid startWeb(${JSON.stringify(version)});\n`
      : `import { startApplication } from "./application/main";\nimport { release } from "./versions/${version}";\n` +
        "void startApplication(release);\n";
  const file = join(__dirname, "..", "dist", "app", version, `${tier}.js`);
  return bundle({ folder: __dirname, entry, file });
}
