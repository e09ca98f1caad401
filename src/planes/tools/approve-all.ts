import { actDraft, noteUnapplied } from '#contracts/desk.ts';
import type { CatalogueEntry } from '#contracts/tool-catalogue.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { applyPin, checkShown, endQuarantines, type ToolDeskParts, type Yes } from './approve.ts';
import type { ApprovedAll, ToolDesk } from './door.ts';

type YesToAll = Parameters<ToolDesk['approveAll']>[0];

interface One {
  readonly yes: Yes;
  readonly draft: RecordDraft;
}

interface Pinned extends One {
  readonly entry: CatalogueEntry;
}

/**
 * Many definitions of one server by one act: a record for each, as one tool would have it, with the
 * act that they share; then one configuration. INVARIANT: each is approved by the digest that was
 * shown, after its record is on disk; what shows another by now, or needs to be read, is left. Of
 * each that is on record and not in force in the end it is on record that it is not.
 */
export async function approveAll(parts: ToolDeskParts, act: YesToAll): Promise<ApprovedAll> {
  const { asked, left } = await sorted(parts, act);
  await recordEach(parts, asked);
  const pinned: Pinned[] = [];
  const open = new Set(asked);
  try {
    for (const one of asked) {
      const no = await refusedBy(async () => {
        pinned.push({ ...one, entry: await pin(parts, one.yes) });
      });
      if (no !== undefined) {
        left.push({ tool: one.yes.tool, ...no });
        await noteUnapplied(parts.recorder, one.draft, new BailiwickError(no.code));
      }
      open.delete(one);
    }
  } catch (fault) {
    await endInTheMiddle(parts, [...open], fault);
    // What is pinned would come into force with whatever is compiled next; what fails of it is noted.
    await putInForce(parts, pinned).catch(() => undefined);
    throw fault;
  }
  const unapplied = await putInForce(parts, pinned);
  return { approved: pinned.map(({ entry }) => entry), left, unapplied };
}

async function sorted(
  parts: ToolDeskParts,
  { by, server, tools, reason }: YesToAll,
): Promise<{ readonly asked: readonly One[]; readonly left: ApprovedAll['left'][number][] }> {
  const left: ApprovedAll['left'][number][] = [];
  const asked: One[] = [];
  const id = newId(parts.clock.now());
  for (const { tool, digest } of tools) {
    const yes = { by, server, tool, digest, reason };
    let self: JsonObject = {};
    const no = await refusedBy(async () => {
      self = await checkShown(parts, yes);
    });
    const details = { server, tool, digest, act: id, ...self };
    if (no === undefined) asked.push({ yes, draft: actDraft('tool.approved', yes, details) });
    else left.push({ tool, ...no });
  }
  return { asked, left };
}

/** All of them, or the act ends before anything is done, and those that are on record are taken back. */
async function recordEach({ recorder }: ToolDeskParts, asked: readonly One[]): Promise<void> {
  const ends = await Promise.allSettled(asked.map(({ draft }) => recorder.record(draft)));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed === undefined) return;
  await noteEach(
    recorder,
    asked.filter((_, at) => ends[at]?.status === 'fulfilled'),
    notBegun(),
  );
  throw failed.reason;
}

/** Of the first nobody knows whether it is pinned; the others were not begun. */
async function endInTheMiddle(
  { recorder }: ToolDeskParts,
  [at, ...others]: readonly One[],
  fault: unknown,
): Promise<void> {
  if (at !== undefined) await noteUnapplied(recorder, at.draft, fault);
  await noteEach(recorder, others, notBegun());
}

function notBegun(): BailiwickError {
  return new BailiwickError('gateway/cancelled');
}

function pin({ catalogue, clock }: ToolDeskParts, { by, server, tool, digest }: Yes) {
  const yes = { tenant: by.tenant, server, tool, digest, by: by.name };
  return catalogue.approve({ ...yes, now: clock.now() });
}

/** One configuration for all of them. Whatever keeps them out of force is on record of each. */
async function putInForce(
  parts: ToolDeskParts,
  pinned: readonly Pinned[],
): Promise<ApprovedAll['unapplied']> {
  if (pinned.length === 0) return undefined;
  const { recorder } = parts;
  try {
    const unapplied = await applyPin(parts);
    const entries = pinned.map(({ entry }) => entry);
    if (unapplied === undefined) await endQuarantines(parts, entries);
    else await noteEach(recorder, pinned, new BailiwickError('config/invalid'));
    return unapplied;
  } catch (fault) {
    await noteEach(recorder, pinned, fault);
    throw fault;
  }
}

async function noteEach(
  recorder: ToolDeskParts['recorder'],
  of: readonly One[],
  fault: unknown,
): Promise<void> {
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
