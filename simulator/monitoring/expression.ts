/** The syntax tree of a metric math expression or of a composite alarm's rule. */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "name"; readonly value: string }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "operator"; readonly operator: string; readonly operands: readonly Expression[] };

/** Operators, from the lowest precedence to the highest. */
const OPERATOR_LEVELS = [
  ["OR", "||"],
  ["AND", "&&"],
  ["<", ">", "<=", ">=", "==", "!="],
  ["+", "-"],
  ["*", "/"],
];
const OPERATOR_SYNONYMS: Record<string, string> = { "||": "OR", "&&": "AND" };

/** @throws Error if the text is not a valid expression. */
export function parseExpression(text: string): Expression {
  const tokens = text.match(/"[^"]*"|\d+(?:\.\d+)?|[A-Za-z_][\w:.-]*|<=|>=|==|!=|\|\||&&|\S/g) ?? [];
  let at = 0;
  const fail = () =>
    new Error(`"${text}" has a syntax error at ${tokens[at] === undefined ? "its end" : `"${tokens[at]}"`}.`);
  const expect = (token: string) => {
    if (tokens[at++] !== token) {
      at--;
      throw fail();
    }
  };

  const binary = (level: number): Expression => {
    const operators = OPERATOR_LEVELS[level];
    if (!operators) return unary();
    let left = binary(level + 1);
    for (let token = tokens[at]; token !== undefined && operators.includes(token); token = tokens[at]) {
      at++;
      left = {
        kind: "operator",
        operator: OPERATOR_SYNONYMS[token] ?? token,
        operands: [left, binary(level + 1)],
      };
    }
    return left;
  };

  const unary = (): Expression => {
    const token = tokens[at];
    if (token !== "-" && token !== "NOT") return primary();
    at++;
    return { kind: "operator", operator: token, operands: [unary()] };
  };

  const primary = (): Expression => {
    const token = tokens[at];
    if (token === undefined) throw fail();
    if (token === "(") {
      at++;
      const inner = binary(0);
      expect(")");
      return inner;
    }
    if (!/^["\w]/.test(token)) throw fail();
    at++;
    if (token.startsWith('"')) return { kind: "text", value: token.slice(1, -1) };
    if (/^\d/.test(token)) return { kind: "number", value: Number(token) };
    if (tokens[at] !== "(") return { kind: "name", value: token };
    return { kind: "call", name: token, args: callArguments() };
  };

  const callArguments = (): Expression[] => {
    expect("(");
    const args: Expression[] = [];
    while (tokens[at] !== ")") {
      args.push(binary(0));
      if (tokens[at] === ",") at++;
      else if (tokens[at] !== ")") throw fail();
    }
    at++;
    return args;
  };

  const whole = binary(0);
  if (at < tokens.length) throw fail();
  return whole;
}

/** Undefined means that there is no data point. Arithmetic with undefined gives undefined. */
export type MetricValue = number | undefined;

export interface Scope {
  readonly name: (name: string) => MetricValue;
  readonly call: (
    name: string,
    args: readonly Expression[],
    evaluate: (arg: Expression) => MetricValue,
  ) => MetricValue;
}

const arithmetic: Record<string, (left: number, right: number) => MetricValue> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => (right === 0 ? undefined : left / right),
  "<": (left, right) => Number(left < right),
  ">": (left, right) => Number(left > right),
  "<=": (left, right) => Number(left <= right),
  ">=": (left, right) => Number(left >= right),
  "==": (left, right) => Number(left === right),
  "!=": (left, right) => Number(left !== right),
  AND: (left, right) => Number(left !== 0 && right !== 0),
  OR: (left, right) => Number(left !== 0 || right !== 0),
};

export function evaluate(expression: Expression, scope: Scope): MetricValue {
  const inner = (each: Expression) => evaluate(each, scope);
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "text":
      return undefined;
    case "name":
      return scope.name(expression.value);
    case "call":
      return scope.call(expression.name, expression.args, inner);
    case "operator": {
      const [left, right] = expression.operands.map(inner);
      if (left === undefined) return undefined;
      if (expression.operands.length === 1) return expression.operator === "NOT" ? Number(left === 0) : -left;
      return right === undefined ? undefined : arithmetic[expression.operator]?.(left, right);
    }
  }
}
