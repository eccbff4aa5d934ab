/** The args that a spec describes, to pass them on to another component. Args that are not given stay left out. */
export function pickArgs<Args extends object, Spec extends object>(
  args: Args,
  spec: Spec,
): Pick<Args, keyof Args & keyof Spec> {
  const picked = Object.entries(args).filter(([key, value]) => key in spec && value !== undefined);
  return Object.fromEntries(picked) as Pick<Args, keyof Args & keyof Spec>;
}
