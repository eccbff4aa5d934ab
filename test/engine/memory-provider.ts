import type {
  Provider,
  ProviderCheckResult,
  ProviderCreateResult,
  ProviderDiffResult,
  ProviderInvokeResult,
  ProviderReadResult,
  ProviderUpdateResult,
} from "../../engine/deploy/provider";

type Bag = Record<string, unknown>;

/** A provider in memory. Outputs are the inputs and an `arn`; a change of `zone` replaces a resource. */
export class MemoryProvider implements Provider {
  /** Successful calls, as "create name". */
  readonly calls: string[] = [];
  readonly objects = new Map<string, Bag>();
  /** Runs before each call; may throw or wait. */
  before: (call: string, signal?: AbortSignal) => Promise<void> | void = () => {};
  deleteBeforeReplace: boolean | undefined;
  unknowns: string[] | undefined;
  private created = 0;

  async check(_urn: string, _olds: Bag, news: Bag): Promise<ProviderCheckResult> {
    if (news.value === "invalid") return { failures: [{ property: "value", reason: "must not be invalid" }] };
    return { inputs: { ...news } };
  }

  async diff(_id: string, _urn: string, olds: Bag, news: Bag): Promise<ProviderDiffResult> {
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => key !== "arn");
    const changed = keys.filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
    return {
      changes: changed.length > 0,
      replaces: changed.filter((key) => key === "zone"),
      deleteBeforeReplace: this.deleteBeforeReplace,
      unknowns: this.unknowns,
    };
  }

  async create(urn: string, inputs: Bag, context?: { signal: AbortSignal }): Promise<ProviderCreateResult> {
    const name = await this.call("create", urn, context?.signal);
    const id = `${name}-${++this.created}`;
    const outs = { ...inputs, arn: `arn:${id}` };
    this.objects.set(id, outs);
    return { id, outs };
  }

  async update(
    id: string,
    urn: string,
    _olds: Bag,
    news: Bag,
    context?: { signal: AbortSignal },
  ): Promise<ProviderUpdateResult> {
    await this.call("update", urn, context?.signal);
    const outs = { ...news, arn: `arn:${id}` };
    this.objects.set(id, outs);
    return { outs };
  }

  async delete(id: string, urn: string, _props: Bag, context?: { signal: AbortSignal }): Promise<void> {
    await this.call("delete", urn, context?.signal, id);
    this.objects.delete(id);
  }

  async read(id: string): Promise<ProviderReadResult> {
    const props = this.objects.get(id);
    if (props === undefined) return {};
    const { arn: _arn, ...inputs } = props;
    return { id, props, inputs };
  }

  async invoke(token: string, args: Bag): Promise<ProviderInvokeResult> {
    this.calls.push(`invoke ${token}`);
    return { outputs: { ...args, answer: 42 } };
  }

  private async call(operation: string, urn: string, signal?: AbortSignal, id?: string): Promise<string> {
    const name = urn.split("::").pop() ?? "";
    const call = `${operation} ${id ?? name}`;
    await this.before(call, signal);
    this.calls.push(call);
    return name;
  }
}
