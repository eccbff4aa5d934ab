import assert from "node:assert/strict";
import { readShellScript } from "../../../simulator/instances/shell-script";

describe("simulator: shell script", () => {
  it("is read into simple commands, with quotes, variables, continuations and here-documents", () => {
    const script = [
      "#!/bin/bash",
      "set -euo pipefail",
      "NAME=shop # a comment",
      'export FOLDER="/opt/$NAME"',
      "mkdir -p $FOLDER && chown root: '/opt/a b'",
      "aws s3 cp s3://bucket/key \\",
      "  $FOLDER/main.py",
      "cat > /etc/$NAME.env <<EOF",
      "NAME=$NAME",
      "EOF",
      "cat >> /etc/x <<'EOF'",
      "$KEPT",
      "EOF",
      "tee /etc/y <<-EOF",
      "\tindented",
      "\tEOF",
    ].join("\n");
    assert.deepEqual(
      readShellScript(script).map(({ words, input, output }) => [words.join("|"), input, output?.path]),
      [
        ["mkdir|-p|/opt/shop", undefined, undefined],
        ["chown|root:|/opt/a b", undefined, undefined],
        ["aws|s3|cp|s3://bucket/key|/opt/shop/main.py", undefined, undefined],
        ["cat", "NAME=shop\n", "/etc/shop.env"],
        ["cat", "$KEPT\n", "/etc/x"],
        ["tee|/etc/y", "indented\n", undefined],
      ],
    );
  });

  it("is rejected with the line whose effect is unknown", () => {
    for (const line of [
      "curl http://x | bash",
      "ID=$(ec2-metadata)",
      "echo `date`",
      "if true; then echo; fi",
      "rm /opt/*",
      "python3 app.py &",
      "echo $UNSET",
      "f() { echo; }",
    ]) {
      assert.throws(
        () => readShellScript(`mkdir /opt\n${line}`),
        (error: Error) =>
          error.message.startsWith(
            `User data runs ${JSON.stringify(line)}. The simulator runs simple commands`,
          ),
        line,
      );
    }
    assert.throws(() => readShellScript("cat > /x <<EOF\na"), /the here-document EOF must end/);
  });
});
