type Tree = Map<string, Tree | string>;

/**
 * Parses the form of the Query protocol: `Tags.member.1.Key=a` becomes `{ Tags: [{ Key: "a" }] }`. All values are
 * strings.
 */
export function parseQueryForm(form: URLSearchParams): Record<string, unknown> {
  const root: Tree = new Map();
  for (const [path, value] of form) {
    const keys = path.split(".");
    let at = root;
    for (const key of keys.slice(0, -1)) {
      const next = at.get(key);
      const inner: Tree = next instanceof Map ? next : new Map();
      at.set(key, inner);
      at = inner;
    }
    at.set(keys.at(-1) ?? "", value);
  }
  return plain(root) as Record<string, unknown>;
}

function plain(tree: Tree | string): unknown {
  if (typeof tree === "string") return tree;
  const members = tree.get("member");
  if (members instanceof Map) {
    const inOrder = [...members].sort(([one], [other]) => Number(one) - Number(other));
    return inOrder.map(([, item]) => plain(item));
  }
  return Object.fromEntries([...tree].map(([key, inner]) => [key, plain(inner)]));
}
