import type { UserDataContext } from "../../../../contract";

/** Installs and starts the web tier with Python's standard library alone. */
export function pythonUserData({
  service,
  artifactUrl,
  sha256,
  environment,
  stopTimeoutSeconds,
}: UserDataContext): string {
  const variables = Object.entries(environment).map(([name, value]) => `${name}="${value}"`);
  return `## template: jinja
#!/bin/bash
set -euo pipefail
dnf install -y python3
useradd --system ${service}
mkdir -p /opt/${service} /etc/${service}
aws s3 cp ${artifactUrl} /opt/${service}/web.py
echo "${sha256}  /opt/${service}/web.py" > /etc/${service}/web.sha256
cat > /etc/${service}/environment <<'END'
${variables.join("\n")}
INSTANCE_ID="{{ v1.instance_id }}"
END
cat > /etc/systemd/system/${service}.service <<'END'
[Unit]
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
User=${service}
EnvironmentFile=/etc/${service}/environment
ExecStartPre=/usr/bin/sha256sum --check /etc/${service}/web.sha256
ExecStart=/usr/bin/python3 /opt/${service}/web.py
Restart=always
RestartSec=2
TimeoutStopSec=${stopTimeoutSeconds}

[Install]
WantedBy=multi-user.target
END
systemctl daemon-reload
systemctl enable --now ${service}
`;
}
