import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkMachine, MachineError, NEEDED_MIB } from "../../../rehearsal/scenario/check-machine";

describe("rehearsal: machine", () => {
  it("is accepted with a checkout that can be written to and enough space", () => {
    const checkout = mkdtempSync(join(tmpdir(), "changeover-test-"));
    try {
      checkMachine({ checkout, freeMib: () => NEEDED_MIB });
      mkdirSync(join(checkout, "dist"));
      checkMachine({ checkout, freeMib: () => NEEDED_MIB });
    } finally {
      rmSync(checkout, { recursive: true });
    }
  });

  it("is rejected with every problem at once", () => {
    const checkWritable = () => {
      const error = Object.assign(new Error("read-only"), { code: "EROFS" });
      throw error;
    };
    assert.throws(
      () => checkMachine({ checkout: tmpdir(), freeMib: () => 12.7, checkWritable }),
      (error: Error) =>
        error instanceof MachineError &&
        /^The checkout must be a folder that can be written to, got .* \(EROFS\)\./.test(error.message) &&
        new RegExp(`^TMPDIR must have ${NEEDED_MIB} MiB of free space, got 12 MiB in `, "m").test(
          error.message,
        ),
    );
  });
});
