import { main } from "@pulumi/pulumi/provider";
import { PackageProvider } from "./packageProvider";

/** What Pulumi runs for programs in other languages: the package's `main`. An import goes by its `exports`. */
export = () => main(new PackageProvider(), process.argv.slice(2));
