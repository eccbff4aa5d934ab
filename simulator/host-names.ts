import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The domain of the names; it is reserved for tests, so no resolver knows it. */
const DOMAIN = "rds.simulator.test";

const PRELOAD = join(__dirname, "resolve-host-names.cjs");

/** DNS of the simulator: names of databases, in a file that every Node.js process of the simulator reads. */
export class HostNames {
  private readonly addresses = new Map<string, string>();
  private readonly file: string;

  constructor(directory: string) {
    this.file = join(directory, "host-names.json");
    this.write();
  }

  /** For the certificate of the databases. */
  static readonly WILDCARD = `*.${DOMAIN}`;

  /** Variables for instances and functions, added to `environment`. */
  environment(environment: Readonly<Record<string, string>> = {}): Record<string, string> {
    const options = [environment.NODE_OPTIONS, `--require ${JSON.stringify(PRELOAD)}`];
    return {
      ...environment,
      NODE_OPTIONS: options.filter(Boolean).join(" "),
      CHANGEOVER_HOST_NAMES: this.file,
    };
  }

  /** Sets the address of a database, and returns its name. */
  set(identifier: string, address: string): string {
    const name = `${identifier}.${DOMAIN}`;
    this.addresses.set(name, address);
    this.write();
    return name;
  }

  private write(): void {
    writeFileSync(`${this.file}.new`, JSON.stringify(Object.fromEntries(this.addresses)));
    renameSync(`${this.file}.new`, this.file);
  }
}
