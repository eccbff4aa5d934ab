import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boot } from "../../../simulator/instances/boot";
import { readUserData } from "../../../simulator/instances/user-data";
import type { ObjectStore } from "../../../simulator/object-store";

const facts = { instanceId: "i-1", localIpv4: "127.0.0.1", region: "eu-central-1" };

describe("simulator: boot", () => {
  let root: string;
  let artifact: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "changeover-boot-"));
    artifact = join(root, "artifact");
    writeFileSync(artifact, "#!/bin/sh\nexec sleep 1\n");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const start = (text: string) => {
    const objects = { get: () => ({ file: artifact }) } as unknown as ObjectStore;
    const plan = readUserData(Buffer.from(text).toString("base64"), facts);
    return boot(plan, { root, objects, web: new Map() });
  };
  const unit = (lines: string) =>
    `cat > /etc/systemd/system/shop.service <<'EOF'\n[Service]\n${lines}\nEOF\nsystemctl enable --now shop\n`;

  it("starts a program of the artifact, from a shell script", () => {
    const [service] = start(
      "#!/bin/bash\nuseradd shop\nmkdir -p /opt/shop\naws s3 cp s3://bucket/key /opt/shop/\nmv /opt/shop/key /opt/shop/run\n" +
        "chmod +x /opt/shop/run\necho 'PORT=80' > /etc/shop.env\n" +
        unit(
          "EnvironmentFile=/etc/shop.env\nWorkingDirectory=/opt/shop\nExecStart=/opt/shop/run --port $PORT",
        ),
    );
    assert.ok(service);
    assert.equal(service.program, join(root, "opt/shop/run"));
    assert.deepEqual(service.args, ["--port", "80"]);
    assert.equal(service.workingDirectory, join(root, "opt/shop"));
    assert.deepEqual(service.environment, { PORT: "80" });
    assert.ok((statSync(service.program).mode & 0o100) !== 0);
  });

  it("starts a program of this machine, with paths inside the instance", () => {
    const [service] = start(
      `#!/bin/sh\naws s3 cp s3://bucket/key /opt/main\n${unit("ExecStart=/usr/bin/env sh /opt/main\nEnvironment=HOME_FILE=/opt/main OTHER=/opt/none")}`,
    );
    assert.match(service?.program ?? "", /\/sh$/);
    assert.deepEqual(service?.args, [join(root, "opt/main")]);
    assert.deepEqual(service?.environment, { HOME_FILE: join(root, "opt/main"), OTHER: "/opt/none" });
  });

  it("writes, copies and deletes files only inside the instance's folder", () => {
    start("#!/bin/sh\nprintf 'a=%s\\n' 1 > /etc/a\ncp /etc/a /etc/b\nln -s /etc/b /etc/c\nrm -f /etc/a\n");
    assert.equal(existsSync(join(root, "etc/a")), false);
    assert.equal(readFileSync(join(root, "etc/c"), "utf8"), "a=1\n");
  });

  it("rejects what an instance would not do here, with the reason", () => {
    for (const [text, words] of [
      ["docker run shop", /containers are not supported by the simulator/],
      ["pip3 install flask", /instances have no internet\. Put the dependencies into the artifact/],
      ["npm ci", /instances have no internet/],
      ["ec2-metadata", /it carries out mkdir, .* systemctl, useradd and dnf/],
      ["systemctl stop sshd", /the simulator supports daemon-reload, enable/],
      ["systemctl start shop", /shop\.service does not exist\. Write it first/],
      [unit("ExecStart=/usr/bin/docker run shop"), /shop\.service: containers are not supported/],
      [
        unit("ExecStart=/usr/bin/no-such-language main"),
        /needs the program no-such-language on this machine/,
      ],
      [
        unit("ExecStart=/opt/shop/run"),
        /must be a file that the user data installs, or a program in \/usr\/bin/,
      ],
    ] as const) {
      assert.throws(() => start(`#!/bin/sh\n${text}`), words, text);
    }
    const notExecutable = "#!/bin/sh\naws s3 cp s3://bucket/key /opt/run\n";
    assert.throws(() => start(notExecutable + unit("ExecStart=/opt/run")), /Run chmod \+x \/opt\/run before/);
  });
});
