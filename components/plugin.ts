import { main } from "@pulumi/pulumi/provider";
import * as components from "./index";
import { PackageProvider } from "./package-provider";

/**
 * The package's `main`, which Pulumi runs for programs in other languages. It also exports the components: an import
 * by the package's name uses `exports`, but an import of the folder, or by a resolver without support for `exports`,
 * uses `main`.
 */
export = Object.assign(() => main(new PackageProvider(), process.argv.slice(2)), components);
