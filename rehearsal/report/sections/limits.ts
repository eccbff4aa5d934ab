import type { ReportSection } from "./section";

/** Properties of AWS that no rehearsal on one machine has; `docs/rehearsal.md` explains each. */
const LIMITS = [
  "The time that EC2 needs to start an instance, and cloud-init to install the software.",
  "The time until all nodes of a load balancer apply a changed rule.",
  "The duration of a failover of RDS, and the speed of its storage.",
  "NAT, DNS and network latency between zones, and the loss of a zone.",
  "Cold starts and limits of Lambda, and limits of the AWS account.",
  "The capacity of production: all processes share the processors of one machine.",
];

export function limitsSection(): ReportSection {
  return {
    id: "limits",
    title: "Limits of a rehearsal",
    paragraphs: [
      "Real are the service processes, the requests, PostgreSQL, the migrations, the functions and the program. " +
        "AWS itself is simulated. A rehearsal cannot show:",
    ],
    lists: [{ title: "Not shown", items: LIMITS }],
  };
}
