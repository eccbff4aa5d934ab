import { declareAlarms } from "./stack/alarms";
import { deployColor, retireColor } from "./stack/colors";
import { declareFoundation } from "./stack/foundation";
import { manifestsOutput } from "./stack/manifests";
import { retireLogins, runContractMigrations, runExpandMigrations } from "./stack/migrations";
import { stackOutputs } from "./stack/outputs";
import { planStack } from "./stack/plan-stack";
import { declareTiers } from "./stack/tiers";
import { checkColor, routeTraffic, watchShift } from "./stack/traffic";

/** One update of the stack, in the order of a release. */
export = async () => {
  // Rejects invalid settings, and a release that would interrupt the service, before any resource is declared.
  const { application, settings, plan, control, artifacts, manifests } = await planStack();

  // Network, load balancers, artifact store, database, and the functions of the gate and the migrations.
  const base = declareFoundation(settings, application, artifacts, plan);
  const expand = runExpandMigrations(base, plan);

  // Target groups and test rules; no instances yet.
  const tiers = declareTiers(base, application, artifacts, plan);
  const alarms = declareAlarms(base, tiers);

  // 1. Serving colors: instances (application before web), health gate, production rule, watch.
  const serving = plan.serving.map((color) => deployColor(base, tiers, plan, color, { dependsOn: [expand] }));
  const checked = { tiers, alarms, serving, plan, control };
  const checks = plan.gateChecks.map((check) => checkColor(base, checked, check));
  const production = routeTraffic(base, tiers, plan, checks);
  const watch = watchShift(base, { tiers, alarms, plan, production, checks, control });
  const shifted = watch ?? production;

  // 2. Idle colors change only when they receive no traffic.
  const idle = plan.idle.map((color) =>
    deployColor(base, tiers, plan, color, { dependsOn: [expand, shifted] }),
  );

  // 3. Retired colors: web instances, drain, application instances, login.
  const retired = plan.retired.map((color) =>
    retireColor(base, tiers, plan, color, { dependsOn: [shifted], weights: production.weights }),
  );

  const instancesGone = [shifted, ...retired.flatMap(({ instances }) => instances)];
  const loginsEnded = retireLogins(base, plan, { dependsOn: instancesGone });

  // 4. Contract migrations, when no instance of a retired color is left.
  runContractMigrations(base, application, plan, { dependsOn: [...instancesGone, ...loginsEnded] });

  return {
    ...stackOutputs({ base, tiers, plan, checks, production, watch, running: [...serving, ...idle], alarms }),
    /** Read by the next update. */
    manifests: manifestsOutput(manifests, base.store),
  };
};
