import type { ControlClient } from '../../sdk/index.ts';

/** As a person does: they look at a held call, and say yes to what was shown. */
export async function sayYes(
  admin: Pick<ControlClient, 'request'>,
  approval: unknown,
  reason = 'fine',
): Promise<void> {
  const path = `/v1/approvals/${String(approval)}`;
  const { shown } = await admin.request('GET', path);
  await admin.request('POST', `${path}/decide`, { verdict: 'approve', reason, shown });
}
