import type { RecordInput } from "../input";
import { HttpError } from "../server";
import type { ListFilter, QueryRow, RunQuery, VersionDefinition } from "../version-definition";

export class Records<Input extends RecordInput> {
  constructor(
    private readonly release: VersionDefinition<Input>,
    private readonly runQuery: RunQuery,
  ) {}

  /**
   * Creates one record for each request id. A repeated id returns the stored record, or 422 if the content differs.
   */
  async create(user: string, requestId: string, input: Input) {
    const values = this.release.values(input);
    let [row] = await this.runQuery("insertRecord", [user, requestId, ...values]);
    // There is no row if a concurrent request inserted the same id. A second statement sees the committed row.
    if (row === undefined) [row] = await this.runQuery("insertRecord", [user, requestId, ...values]);
    if (row === undefined) throw new Error("The insert returned no row.");
    const record = this.answer(row);
    if (record.patientName !== input.patientName || record.note !== input.note) {
      throw new HttpError(422, "This idempotency key has stored another record. Use a new key.");
    }
    return record;
  }

  async find(user: string, id: string) {
    const [row] = await this.runQuery("findRecord", [id, user]);
    if (row === undefined) throw new HttpError(404, `There is no record ${id} for this user.`);
    return this.answer(row);
  }

  async list(user: string, filter: ListFilter) {
    const [name, values] = this.release.list?.(user, filter) ?? ["listRecords", [user, filter.limit]];
    const rows = await this.runQuery(name, values);
    return { records: rows.map((row) => this.answer(row)) };
  }

  private answer(row: QueryRow) {
    const { patientName, ...rest } = this.release.answer(row);
    return { id: String(row.id), patientName, ...rest, createdAt: row.created_at as Date };
  }
}
