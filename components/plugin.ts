import { main } from "@pulumi/pulumi/provider";
import * as components from "./index";
import { PackageProvider } from "./package-provider";

/**
 * The package's `main`: what Pulumi runs for programs in other languages. An import by the package's name goes by its
 * `exports`; one of the folder comes here, and so does that of a resolver which is older than `exports`.
 */
export = Object.assign(() => main(new PackageProvider(), process.argv.slice(2)), components);
