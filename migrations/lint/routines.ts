import type { CreateFunctionStmt, DefineStmt, Node, ObjectWithArgs } from "libpg-query";
import { as, findAll, keyOf, strings, typeReference, typeText } from "./ast";
import type { Catalog, Routine } from "./catalog";

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
