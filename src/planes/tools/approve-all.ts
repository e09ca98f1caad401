import { actDraft, noteUnapplied } from '#contracts/desk.ts';
import type { CatalogueEntry } from '#contracts/tool-catalogue.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { applyPin, checkShown, endQuarantines, type ToolDeskParts, type Yes } from './approve.ts';
import type { ApprovedAll, ToolDesk } from './door.ts';

type YesToAll = Parameters<ToolDesk['approveAll']>[0];

interface One {
  readonly yes: Yes;
  readonly draft: RecordDraft;
}

/**
 * Many definitions of one server by one act: a record for each, as one tool would have it, with the
 * act that they share; then one configuration. INVARIANT: each is approved by the digest that was
 * shown, after its record is on disk; what shows another by now, or needs to be read, is left.
 */
export async function approveAll(parts: ToolDeskParts, act: YesToAll): Promise<ApprovedAll> {
  const { by, server, tools, reason } = act;
  const left: ApprovedAll['left'][number][] = [];
  const asked: One[] = [];
  const id = newId(parts.clock.now());
  for (const { tool, digest } of tools) {
    const yes = { by, server, tool, digest, reason };
    const no = await refusedBy(() => checkShown(parts, yes));
    const details = { server, tool, digest, act: id };
    if (no === undefined) asked.push({ yes, draft: actDraft('tool.approved', yes, details) });
    else left.push({ tool, ...no });
  }
  await Promise.all(asked.map(({ draft }) => parts.recorder.record(draft)));
  const approved: CatalogueEntry[] = [];
  for (const { yes, draft } of asked) {
    const no = await refusedBy(async () => {
      approved.push(await pin(parts, yes));
    });
    if (no === undefined) continue;
    left.push({ tool: yes.tool, ...no });
    await noteUnapplied(parts.recorder, draft, new BailiwickError(no.code));
  }
  if (approved.length === 0) return { approved, left, unapplied: undefined };
  const unapplied = await applyPin(parts);
  if (unapplied === undefined) await endQuarantines(parts, approved);
  else await noteAll(parts, asked, approved);
  return { approved, left, unapplied };
}

function pin({ catalogue, clock }: ToolDeskParts, { by, server, tool, digest }: Yes) {
  const yes = { tenant: by.tenant, server, tool, digest, by: by.name };
  return catalogue.approve({ ...yes, now: clock.now() });
}

async function noteAll(
  { recorder }: ToolDeskParts,
  asked: readonly One[],
  approved: readonly CatalogueEntry[],
): Promise<void> {
  const names = new Set(approved.map(({ tool }) => tool));
  const of = asked.filter(({ yes }) => names.has(yes.tool));
  const fault = new BailiwickError('config/invalid');
  await Promise.all(of.map(({ draft }) => noteUnapplied(recorder, draft, fault)));
}

/** A no to one tool leaves the others; a fault ends the act. */
async function refusedBy(
  act: () => Promise<void>,
): Promise<Pick<BailiwickError, 'code' | 'message'> | undefined> {
  try {
    await act();
    return undefined;
  } catch (fault) {
    if (!(fault instanceof BailiwickError) || fault.status >= 500) throw fault;
    return { code: fault.code, message: fault.message };
  }
}
