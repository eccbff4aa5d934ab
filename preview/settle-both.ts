/** Waits until both have settled, so that neither runs on behind an error, and then throws the first error. */
export async function settleBoth<A, B>(promises: [A | Promise<A>, B | Promise<B>]): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled(promises);
  if (a.status === "rejected") throw a.reason;
  if (b.status === "rejected") throw b.reason;
  return [a.value, b.value];
}
