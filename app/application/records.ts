/** Patient records, in the shape of the bundled version. */

import type { RecordInput } from "../input";
import type { Ask, ListFilter, Release, Row } from "../release";
import { HttpError } from "../server";

export class Records<Input extends RecordInput> {
  constructor(
    private readonly release: Release<Input>,
    private readonly ask: Ask,
  ) {}

  /** The same request id again gives back the record that it stored, or 422 when it now brings another one. */
  async create(user: string, requestId: string, input: Input) {
    const values = this.release.values(input);
    let [row] = await this.ask("insertRecord", [user, requestId, ...values]);
    // A twin of this request was faster, but after this statement began: the second one sees its row.
    if (row === undefined) [row] = await this.ask("insertRecord", [user, requestId, ...values]);
    if (row === undefined) throw new Error("An insert gave back no row.");
    const record = this.answer(row);
    if (record.patientName !== input.patientName || record.note !== input.note) {
      throw new HttpError(422, "This idempotency key has stored another record. Use a new key.");
    }
    return record;
  }

  async find(user: string, id: string) {
    const [row] = await this.ask("findRecord", [id, user]);
    if (row === undefined) throw new HttpError(404, `There is no record ${id} for this user.`);
    return this.answer(row);
  }

  async list(user: string, filter: ListFilter) {
    const [name, values] = this.release.list?.(user, filter) ?? ["listRecords", [user, filter.limit]];
    const rows = await this.ask(name, values);
    return { records: rows.map((row) => this.answer(row)) };
  }

  private answer(row: Row) {
    const { patientName, ...rest } = this.release.answer(row);
    return { id: String(row.id), patientName, ...rest, createdAt: row.created_at as Date };
  }
}
