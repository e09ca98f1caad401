import { ControlProblem } from '../../../sdk/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { CommandInput } from '../command.ts';

/** Whoever names an approval where a record is asked for is told so, and how to see it. */
export async function recordOrApproval(
  input: CommandInput,
  id: string,
  ask: () => Promise<JsonObject>,
): Promise<JsonObject> {
  try {
    return await ask();
  } catch (fault) {
    if (!(fault instanceof ControlProblem) || fault.code !== 'api/not-found') throw fault;
    const path = `/v1/approvals/${encodeURIComponent(id)}`;
    const approval = await input.request('GET', path).catch(() => undefined);
    if (approval === undefined) throw fault;
    throw new BailiwickError('api/not-found', {
      message: `\`${id}\` is an approval and no record`,
      suggestedAction: `see it by \`bailiwick approval show ${id}\`, and what is on record of it by \`bailiwick audit query 'approval:${id}'\``,
    });
  }
}
