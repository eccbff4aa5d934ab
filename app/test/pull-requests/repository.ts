import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { changedFiles } from "../../../preview/checkout/changed-files";
import type { CheckedOut } from "../../../preview/checkout/checked-out";
import { evaluateOne, type StackEvaluation } from "../../../preview/evaluate/evaluate-stack";
import { previewChange } from "../../../preview/preview-change";
import type { PreviewReport } from "../../../preview/report/report";
import { ownProgram, REPOSITORY, type Repository, temporaryFolder } from "../../../test/preview/support";

/** Changes the files of a pull request's branch. */
export interface Branch {
  write(files: Readonly<Record<string, string>>): void;
  /** Replaces the first occurrence of a text, which the file must contain. */
  replace(file: string, from: string, to: string): void;
  append(file: string, text: string): void;
  /** Writes a symbolic link. */
  link(file: string, target: string): void;
  rename(from: string, to: string): void;
  remove(file: string): void;
}

const PRODUCTION = `config:
  aws:region: eu-central-1
  changeover:live: blue
  changeover:blueVersion: 1.0.0
  changeover:greenVersion: 1.1.0
  changeover:domainName: records.example.com
  changeover:hostedZoneId: Z0123456789ABC
  changeover:alarmTopicArn: arn:aws:sns:eu-central-1:123456789012:team-a
  changeover:web:
    minInstances: 2
    maxInstances: 8
  changeover:app:
    minInstances: 2
    maxInstances: 8
`;

/**
 * The repository that the pull requests change: the dev stack of this program, and a production stack with blue live on
 * 1.0.0 and green deployed with 1.1.0. The base is evaluated once a stack.
 */
export class SharedRepository {
  private readonly repository: Repository = ownProgram();
  private readonly base: CheckedOut;
  private readonly evaluations = new Map<string, Promise<StackEvaluation>>();

  constructor() {
    this.repository.write({
      "Pulumi.dev.yaml": readFileSync(join(REPOSITORY, "Pulumi.dev.yaml"), "utf8"),
      "Pulumi.production.yaml": PRODUCTION,
      "docs/runbook.md": readFileSync(join(REPOSITORY, "docs", "runbook.md"), "utf8"),
    });
    const commit = this.repository.commit();
    const { folder } = this.repository;
    const root = join(temporaryFolder(), "base");
    this.repository.git("worktree", "add", "--quiet", "--detach", root, commit);
    symlinkSync(join(folder, "node_modules"), join(root, "node_modules"));
    if (existsSync(join(folder, ".changeover")) && !existsSync(join(root, ".changeover"))) {
      symlinkSync(join(folder, ".changeover"), join(root, ".changeover"));
    }
    this.base = { ref: "main", commit, ...this.folders(root) };
  }

  private folders(root: string) {
    return { root, programDirectory: root, workingTree: this.repository.folder, emptySubmodules: [] };
  }

  /** Previews the change, and restores the files. */
  async preview(change: (branch: Branch) => void, stacks?: readonly string[]): Promise<PreviewReport> {
    const { folder } = this.repository;
    const head = { ref: "working tree", ...this.folders(folder) };
    const path = (file: string) => join(folder, file);
    try {
      change({
        write: (files) => this.repository.write(files),
        replace: (file, from, to) => {
          const text = readFileSync(path(file), "utf8");
          if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`);
          this.repository.write({ [file]: text.replace(from, to) });
        },
        append: (file, text) => appendFileSync(path(file), text),
        link: (file, target) => symlinkSync(target, path(file)),
        rename: (from, to) => renameSync(path(from), path(to)),
        remove: (file) => rmSync(path(file)),
      });
      if (changedFiles(this.base, head).length === 0) throw new Error("the pull request changes no file");
      return await previewChange(this.base, head, {
        ...this.options(),
        stacks,
        deployed: (stack) => this.deployed(stack),
      });
    } finally {
      execFileSync("git", ["-C", folder, "checkout", "--quiet", "."]);
      execFileSync("git", ["-C", folder, "clean", "-fdq"]);
    }
  }

  private deployed(stack: string): Promise<StackEvaluation> | undefined {
    if (!existsSync(join(this.base.root, `Pulumi.${stack}.yaml`))) return undefined;
    const known =
      this.evaluations.get(stack) ??
      evaluateOne("base", this.base, { project: "changeover", stack, ...this.options() });
    this.evaluations.set(stack, known);
    return known;
  }

  private options() {
    const signal = new AbortController().signal;
    return { timeoutSeconds: 120, signal, onProgress: () => undefined };
  }
}
