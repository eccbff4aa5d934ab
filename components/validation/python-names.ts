interface InputError {
  readonly propertyPath: string;
  readonly reason: string;
}

/**
 * Adds the names of keys and of suggested keys in Python to a message, where they differ: `vpcId (vpc_id in Python) must
 * be …`. A component that runs for a program in another language does not know the language; the others write keys as
 * TypeScript does, or begin them with a capital.
 */
export function withPythonNames(message: string, errors: readonly InputError[]): string {
  return errors.reduce((text, { propertyPath, reason }) => {
    const named = reason
      .replace(propertyPath, withPythonName)
      .replace(/(?<= Did you mean )\w+(?=\?)/, withPythonName);
    return text.replace(reason, () => named);
  }, message);
}

function withPythonName(path: string): string {
  const name = pythonName(path);
  return name === path ? path : `${path} (${name} in Python)`;
}

/** The keys of a map, in brackets, stay as they are. */
function pythonName(path: string): string {
  return path.replace(/"[^"]*"|([a-z0-9])([A-Z]+)/g, (text, before?: string, capitals?: string) =>
    before === undefined ? text : `${before}_${capitals?.toLowerCase()}`,
  );
}
