/** Waits for both, so that nothing goes on behind an error; then throws the first one. */
export async function settled<A, B>(promises: [A | Promise<A>, B | Promise<B>]): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled(promises);
  if (a.status === "rejected") throw a.reason;
  if (b.status === "rejected") throw b.reason;
  return [a.value, b.value];
}
