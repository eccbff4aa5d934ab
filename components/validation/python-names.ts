interface InputError {
  readonly propertyPath: string;
  readonly reason: string;
}

/**
 * Adds the name of each key in Python to a message, where it differs: `vpcId (vpc_id in Python) must be …`. A component that
 * runs for a program in another language does not know the language; the others write keys as TypeScript does, or begin them
 * with a capital.
 */
export function withPythonNames(message: string, errors: readonly InputError[]): string {
  return errors.reduce((text, { propertyPath, reason }) => {
    const name = pythonName(propertyPath);
    if (name === propertyPath) return text;
    return text.replace(
      reason,
      reason.replace(propertyPath, () => `${propertyPath} (${name} in Python)`),
    );
  }, message);
}

/** The keys of a map, in brackets, stay as they are. */
function pythonName(path: string): string {
  return path.replace(/"[^"]*"|([a-z0-9])([A-Z]+)/g, (text, before?: string, capitals?: string) =>
    before === undefined ? text : `${before}_${capitals?.toLowerCase()}`,
  );
}
