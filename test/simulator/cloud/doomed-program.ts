/** A program that starts instances, one of them hanging, says their process ids, and waits to be killed. */
import { createCloud } from "../../../simulator";
import { createFleet, createSite } from "./fleet";
import { TestCloud } from "./support";

async function main(directory: string): Promise<void> {
  const cloud = await createCloud({ directory, timeScale: 20 });
  const stack = new TestCloud(cloud, directory);
  await createFleet(stack, await createSite(stack), { version: "1.0.0" });
  const [hanging] = cloud.instances();
  if (hanging) cloud.freezeInstance(hanging.id);
  console.log(JSON.stringify(cloud.instances().map(({ pid }) => pid)));
  setInterval(() => {}, 1000);
}

void main(process.argv[2] ?? "");
