import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { Engine } from "../../engine/deploy/engine";
import type { Simulator } from "../../simulator";
import { redact, secretTexts } from "./redact";

/** A stack whose files are kept. */
export interface KeptStack {
  readonly simulator: Pick<Simulator, "secretValues" | "instances" | "logDirectory">;
  readonly engine: Pick<Engine, "exportState">;
}

/**
 * The folder of a run that failed: record, logs, state, and the command that repeats the run. It contains no secrets.
 *
 * The folder is created with the first file, so nothing is left of a run that keeps none.
 */
export class KeptRun {
  private created: string | undefined;
  private readonly secrets = new Set<string>();

  /**
   * @param directory folder of the program; if it cannot be written to, the folder for temporary files is used
   * @param always true to keep a run that passes too
   */
  constructor(
    private readonly directory: string,
    readonly always = false,
    private readonly startedAt = new Date(),
  ) {}

  /** Path of the folder; undefined if nothing was kept. */
  get folder(): string | undefined {
    return this.created;
  }

  /**
   * Keeps the logs of instances and functions, and the state of the engine, of a stack that failed. Call it before the
   * stack is closed.
   */
  async keepStack(name: string, { simulator, engine }: KeptStack, hasFailed: boolean): Promise<void> {
    if (!hasFailed && !this.always) return;
    for (const secret of secretTexts(simulator.secretValues())) this.secrets.add(secret);
    const state = await engine
      .exportState()
      .catch((error: Error) => `The state cannot be read: ${error.message}`);
    this.write(join(name, "state.json"), `${JSON.stringify(state, undefined, 2)}\n`);
    const instances = simulator
      .instances()
      .map(({ id, tags, lifecycle, state }) => ({ id, tags, lifecycle, state }));
    this.write(join(name, "instances.json"), `${JSON.stringify(instances, undefined, 2)}\n`);
    for (const file of logFiles(simulator.logDirectory)) {
      this.write(join(name, "logs", file), readFileSync(join(simulator.logDirectory, file), "utf8"));
    }
  }

  /** Keeps files of a run that failed. */
  keepFiles(hasFailed: boolean, files: Readonly<Record<string, string>>): void {
    if (!hasFailed && !this.always) return;
    for (const [file, text] of Object.entries(files)) this.write(file, text);
  }

  private write(file: string, text: string): void {
    const path = join(this.folderToWrite(), file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, redact(text, [...this.secrets]), { mode: 0o600 });
  }

  /** The line that ends a run: the folder, relative to the working directory if it is below it. */
  lastLine(from = process.cwd()): string | undefined {
    if (this.created === undefined) return undefined;
    const path = relative(from, this.created);
    return `Kept in ${path.startsWith("..") ? this.created : path}: report, record, logs, state and the command.`;
  }

  private folderToWrite(): string {
    if (this.created !== undefined) return this.created;
    const name = this.startedAt.toISOString().slice(0, 19).replace(/:/g, "-");
    const places = [
      join(this.directory, ".changeover", "rehearsals", name),
      join(tmpdir(), `rehearsal-${name}`),
    ];
    for (const place of places) {
      try {
        mkdirSync(place, { recursive: true, mode: 0o700 });
        appendFileSync(join(place, "command.txt"), "");
        this.created = place;
        return place;
      } catch (error) {
        if (place === places.at(-1)) throw error;
      }
    }
    throw new Error("No folder can be written to.");
  }
}

function logFiles(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".log"));
  } catch {
    return []; // Nothing has logged yet.
  }
}
