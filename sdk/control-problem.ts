/** A "no" of the control program, in the three fields that every refusal has. */
export class ControlProblem extends Error {
  override readonly name = 'ControlProblem';
  readonly code: string;
  readonly suggestedAction: string;
  readonly status: number;
  readonly details: unknown;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(typeof body['message'] === 'string' ? body['message'] : `status ${status}`);
    this.status = status;
    this.code = typeof body['code'] === 'string' ? body['code'] : 'gateway/internal';
    this.suggestedAction =
      typeof body['suggestedAction'] === 'string' ? body['suggestedAction'] : '';
    this.details = body['details'];
  }
}
