import type { CheckFailure } from "../../engine/deploy/provider";
import { awsId } from "../account";
import type { AutoName } from "../names";
import { type Known, type ResourceType, resourceType, type StepContext } from "../resource-type";
import type { ResourceProperties } from "../values";
import type { World } from "../world";

/**
 * A resource type that the simulator only records, because it has no traffic or data. Input that AWS would reject is
 * still rejected.
 */
export interface RecordedType<Inputs extends object> {
  /** Prefix of the resource's id, such as `vpc`; ignored if `id` is given. */
  readonly prefix?: string;
  /** @default a random id with the prefix */
  readonly id?: (inputs: Inputs, call: StepContext) => string;
  readonly autoName?: AutoName;
  /** Finds inputs that AWS or the provider rejects regardless of other resources. */
  readonly check?: (inputs: Known<Inputs>, world: World) => Iterable<CheckFailure>;
  /** Throws for inputs that AWS rejects because of other resources. `id` is given on updates. */
  readonly reject?: (inputs: Inputs, call: StepContext, id?: string) => void;
  /** Computed outputs, besides the inputs. */
  readonly outs?: (id: string, inputs: Inputs, call: StepContext) => ResourceProperties;
  /** Throws for a deletion that AWS rejects. */
  readonly rejectDelete?: (id: string, outs: ResourceProperties, call: StepContext) => void;
}

export function recorded<Inputs extends object>(type: RecordedType<Inputs>): ResourceType<object> {
  return resourceType<Inputs>({
    autoName: type.autoName,
    check: (inputs, world) => type.check?.(inputs, world) ?? [],
    create(inputs, call) {
      type.reject?.(inputs, call);
      const id = type.id?.(inputs, call) ?? awsId(type.prefix ?? "id");
      return { id, outs: type.outs?.(id, inputs, call) };
    },
    update(id, inputs, call) {
      type.reject?.(inputs, call, id);
      return {};
    },
    delete: (id, outs, call) => type.rejectDelete?.(id, outs, call),
  });
}
