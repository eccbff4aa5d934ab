import type { CreateFunctionStmt, DefineStmt, Node, ObjectWithArgs } from "libpg-query";
import { as, findAll, keyOf, strings, typeReference, typeText } from "./ast";
import type { Catalog, Routine } from "./catalog";
import { treeText } from "./constraint-difference";

export function option(options: readonly Node[] | undefined, name: string): Node | undefined {
  return (options ?? []).flatMap((node) => as(node, "DefElem") ?? []).find(({ defname }) => defname === name)
    ?.arg;
}

const INPUT_MODES = ["FUNC_PARAM_DEFAULT", "FUNC_PARAM_IN", "FUNC_PARAM_INOUT", "FUNC_PARAM_VARIADIC"];

function inputs({ parameters }: CreateFunctionStmt) {
  return (parameters ?? [])
    .flatMap((item) => as(item, "FunctionParameter") ?? [])
    .filter(({ mode }) => INPUT_MODES.includes(mode ?? "FUNC_PARAM_DEFAULT"));
}

/** PostgreSQL ignores lengths and precisions in the types of arguments. */
const argumentType = (type: Parameters<typeof typeReference>[0]) =>
  typeText({ ...typeReference(type), modifiers: [] });

export function routineSignature(node: CreateFunctionStmt): string {
  return inputs(node)
    .map(({ argType }) => argumentType(argType))
    .join(", ");
}

/** Type that a call returns, with the output parameters. */
function returnedType({ returnType, parameters }: CreateFunctionStmt): string {
  const outputs = (parameters ?? [])
    .flatMap((item) => as(item, "FunctionParameter") ?? [])
    .filter(({ mode }) => ["FUNC_PARAM_OUT", "FUNC_PARAM_INOUT", "FUNC_PARAM_TABLE"].includes(mode ?? ""))
    .map(({ name, argType }) => `${name} ${argumentType(argType)}`);
  const own = returnType ? `${returnType.setof ? "setof " : ""}${argumentType(returnType)}` : "";
  return [own, ...outputs].join(", ");
}

export function createdRoutine(catalog: Catalog, node: CreateFunctionStmt, definition: string): Routine {
  const volatility = as(option(node.options, "volatility"), "String")?.sval;
  const body = option(node.options, "as");
  return {
    name: keyOf(strings(node.funcname)),
    signature: routineSignature(node),
    returns: returnedType(node),
    required: inputs(node).filter(({ defexpr }) => !defexpr).length,
    addedIn: catalog.current,
    language: as(option(node.options, "language"), "String")?.sval ?? "sql",
    volatility: volatility === "stable" || volatility === "immutable" ? volatility : "volatile",
    isStrict: as(option(node.options, "strict"), "Boolean")?.boolval === true,
    definition,
    node: { CreateFunctionStmt: node },
    body: strings(as(body, "List")?.items)[0],
    calls: [],
  };
}

/** Records an aggregate, with the functions that it calls, or an operator. */
export function define(catalog: Catalog, node: DefineStmt): void {
  const functions = ["sfunc", "finalfunc", "combinefunc", "function", "procedure"].flatMap((name) => {
    const type = as(option(node.definition, name), "TypeName");
    return type ? [keyOf(strings(type.names))] : [];
  });
  const name = keyOf(strings(node.defnames));
  if (node.kind === "OBJECT_OPERATOR") {
    catalog.operators.set(strings(node.defnames).at(-1) ?? "", functions[0] ?? "");
  } else if (node.kind === "OBJECT_AGGREGATE") {
    addRoutine(catalog, {
      name,
      signature: findAll(node.args, "FunctionParameter")
        .map(({ argType }) => argumentType(argType))
        .join(", "),
      returns: "",
      required: 0,
      addedIn: catalog.current,
      language: "aggregate",
      volatility: "volatile",
      isStrict: false,
      definition: "",
      node: { DefineStmt: node },
      body: undefined,
      calls: functions,
    });
  }
}

/** Options that change no result of a call. */
const PLANNING_OPTIONS = ["cost", "rows", "support", "parallel", "leakproof"];

const optionName = (node: Node) => {
  const { defname = "", arg } = as(node, "DefElem") ?? {};
  return defname === "set" ? `set ${as(arg, "VariableSetStmt")?.name}` : defname;
};

/** The parser writes false in two ways. */
const optionText = (node: Node | undefined) => {
  const truth = as(node, "Boolean");
  return truth ? `${truth.boolval === true}` : treeText(node);
};

const DEFAULT_OPTIONS: Readonly<Record<string, Node>> = {
  volatility: { String: { sval: "volatile" } },
  strict: { Boolean: {} },
  security: { Boolean: {} },
};

/** The function after ALTER FUNCTION. The same object if no result of a call changes. */
export function alteredRoutine(routine: Routine, actions: readonly Node[] = []): Routine {
  const node = as(routine.node, "CreateFunctionStmt");
  if (!node) return routine;
  const before = node.options ?? [];
  const effective = actions.filter((action) => {
    const { defname = "", arg } = as(action, "DefElem") ?? {};
    if (PLANNING_OPTIONS.includes(defname)) return false;
    const known = before.find((item) => optionName(item) === optionName(action));
    return optionText(arg) !== optionText(known ? as(known, "DefElem")?.arg : DEFAULT_OPTIONS[defname]);
  });
  if (effective.length === 0) return routine;
  const changed = new Set(effective.map(optionName));
  const options = [...before.filter((item) => !changed.has(optionName(item))), ...effective];
  const volatility = as(option(options, "volatility"), "String")?.sval;
  return {
    ...routine,
    volatility: volatility === "stable" || volatility === "immutable" ? volatility : "volatile",
    isStrict: as(option(options, "strict"), "Boolean")?.boolval === true,
    node: { CreateFunctionStmt: { ...node, options } },
  };
}

export function addRoutine(catalog: Catalog, routine: Routine): void {
  const overloads = catalog.routines.get(routine.name) ?? new Map<string, Routine>();
  const known = overloads.get(routine.signature);
  // A replaced function is used by the running version, so it does not count as new.
  overloads.set(routine.signature, known ? { ...routine, addedIn: known.addedIn } : routine);
  catalog.routines.set(routine.name, overloads);
}

export function namedRoutines(
  catalog: Catalog,
  { objname, objargs, args_unspecified }: ObjectWithArgs,
): Routine[] {
  const overloads = catalog.overloads(keyOf(strings(objname)));
  if (args_unspecified) return [...overloads];
  const signature = (objargs ?? []).map((node) => argumentType(as(node, "TypeName"))).join(", ");
  return overloads.filter((routine) => routine.signature === signature);
}
