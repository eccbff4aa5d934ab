import type { CheckFailure } from "../../engine/deploy/provider";
import { awsId } from "../account";
import type { AutoName } from "../names";
import { type Call, type Known, type ResourceType, resourceType } from "../resource-type";
import type { Properties } from "../values";
import type { World } from "../world";

/** A resource that carries neither traffic nor data: it is written down, and what AWS would refuse is refused. */
export interface RecordedType<Inputs extends object> {
  /** Of its id, such as `vpc`; ignored when `id` is given. */
  readonly prefix?: string;
  /** Default: a random id with the prefix. */
  readonly id?: (inputs: Inputs, call: Call) => string;
  readonly autoName?: AutoName;
  /** What AWS refuses by looking at the inputs alone. */
  readonly check?: (inputs: Known<Inputs>, world: World) => Iterable<CheckFailure>;
  /** Throws what AWS refuses by looking at what exists. `id` is given on updates. */
  readonly refuse?: (inputs: Inputs, call: Call, id?: string) => void;
  /** Computed outputs, besides the inputs. */
  readonly outs?: (id: string, inputs: Inputs, call: Call) => Properties;
  /** Throws what AWS refuses to delete. */
  readonly refuseDelete?: (id: string, outs: Properties, call: Call) => void;
}

export function recorded<Inputs extends object>(type: RecordedType<Inputs>): ResourceType<object> {
  return resourceType<Inputs>({
    autoName: type.autoName,
    check: (inputs, world) => type.check?.(inputs, world) ?? [],
    create(inputs, call) {
      type.refuse?.(inputs, call);
      const id = type.id?.(inputs, call) ?? awsId(type.prefix ?? "id");
      return { id, outs: type.outs?.(id, inputs, call) };
    },
    update(id, inputs, call) {
      type.refuse?.(inputs, call, id);
      return {};
    },
    delete: (id, outs, call) => type.refuseDelete?.(id, outs, call),
  });
}
