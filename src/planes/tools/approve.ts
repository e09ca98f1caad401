import { actDraft, type DeskRecorder, noteUnapplied, recordThenDo } from '#contracts/desk.ts';
import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import type { CatalogueEntry, ToolCatalogue } from '#contracts/tool-catalogue.ts';
import { BailiwickError, refusal } from '#kernel/errors.ts';
import { sameTarget, type Target } from '#kernel/target.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { toolTarget } from '#kernel/tool.ts';
import type { Clock } from '#kernel/time.ts';
import { definitionFindings, type Finding, shapeOf } from './definition/index.ts';
import type { ApprovedTool, ToolDesk } from './door.ts';
import { withoutException, wordsOf } from './fitness.ts';
import { checkAuthor, type ToolAuthors } from './self-approval.ts';

export interface ToolDeskParts {
  readonly catalogue: Pick<
    ToolCatalogue,
    'list' | 'page' | 'get' | 'countsByServer' | 'pins' | 'approve' | 'reject'
  >;
  readonly overlay: Pick<OverlayFeed, 'current' | 'release'>;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  readonly snapshot: () => Snapshot | undefined;
  readonly authors: ToolAuthors;
  /** Puts the new pin in force. */
  readonly recompile: () => Promise<unknown>;
}

export type Yes = Parameters<ToolDesk['approve']>[0];

export async function approve(parts: ToolDeskParts, act: Yes): Promise<ApprovedTool> {
  const { by, server, tool, digest } = act;
  const self = await checkShown(parts, act);
  const accepted = act.acceptFindings === true ? { acceptedFindings: true } : {};
  const draft = actDraft('tool.approved', act, { server, tool, digest, ...accepted, ...self });
  return recordThenDo(parts.recorder, draft, async () => {
    const yes = { tenant: by.tenant, server, tool, digest, by: by.name };
    const entry = await parts.catalogue.approve({ ...yes, now: parts.clock.now() });
    const unapplied = await applyPin(parts);
    if (unapplied === undefined) await endQuarantines(parts, [entry]);
    else await noteUnapplied(parts.recorder, draft, new BailiwickError('config/invalid'));
    return { ...entry, unapplied };
  });
}

/** Only documents that do not fit the new pin are an answer; whatever else fails, is a fault. */
export async function applyPin({
  recompile,
}: ToolDeskParts): Promise<readonly string[] | undefined> {
  try {
    await recompile();
    return undefined;
  } catch (fault) {
    if (!(fault instanceof BailiwickError) || fault.code !== 'config/invalid') throw fault;
    const problems = fault.details?.['problems'];
    return Array.isArray(problems) ? problems.map(String) : [fault.message];
  }
}

/** Asked before anything goes on record; the catalogue asks again in its transaction. Answers what the record says of it. */
export async function checkShown(parts: ToolDeskParts, act: Yes): Promise<JsonObject> {
  const { catalogue } = parts;
  const { by, server, tool, digest } = act;
  const entry = await catalogue.get(by.tenant, server, tool);
  if (entry === undefined) {
    throw new BailiwickError('api/not-found', {
      message: `no tool is called \`${server}/${tool}\``,
    });
  }
  const shown = entry.observed ?? entry.pinned;
  if (shown?.digest === digest) {
    checkFit(parts, act, shown.definition);
    checkRead(await findingsOf(parts, entry), act);
    return checkAuthor(parts, { ...act, definition: shown.definition });
  }
  throw new BailiwickError('store/conflict', {
    message: 'the tool shows another definition by now',
    suggestedAction: 'look at `bailiwick tool diff`, then approve what it shows',
  });
}

/** What rules find in what a tool shows now, beside the names of the tools of other servers. */
export async function findingsOf(
  { catalogue }: Pick<ToolDeskParts, 'catalogue'>,
  entry: CatalogueEntry,
): Promise<readonly Finding[]> {
  const definition = (entry.observed ?? entry.pinned)?.definition;
  if (definition === undefined) return [];
  const pins = await catalogue.pins(entry.tenant);
  const others = pins.flatMap(({ server, pinned }) =>
    server === entry.server ? [] : [pinned.tool],
  );
  return definitionFindings(definition, { others });
}

/** INVARIANT: nobody says yes by accident to what speaks to the model or hides something. */
function checkRead(findings: readonly Finding[], { acceptFindings }: Yes): void {
  const serious = findings.filter(({ severity }) => severity === 'serious');
  if (serious.length === 0 || acceptFindings === true) return;
  const { message } = refusal('tools/unread-findings');
  throw new BailiwickError('tools/unread-findings', {
    message: `${message}: ${serious.map(wordsOf).join('; ')}`,
  });
}

/** INVARIANT: what nobody may call is not approved either, and it is said by which rule and words. */
function checkFit({ snapshot, clock }: ToolDeskParts, act: Yes, definition: JsonObject): void {
  const { transport } = shapeOf(definition);
  if (transport === undefined) return;
  const of = snapshot()?.tenants[act.by.tenant]?.servers[act.server] ?? {};
  const no = withoutException({ server: of, tool: act.tool }, transport, clock.now());
  if (no === undefined) return;
  throw new BailiwickError(no.code, {
    message: `${no.message}: ${wordsOf(transport)}`,
    suggestedAction: `say who answers for it: \`exceptions: { ${act.tool}: { owner, reason, control, until } }\` in the ToolServer document`,
  });
}

/** INVARIANT: of these very tools of this tenant; another tenant may have a server of the same name. */
export async function endQuarantines(
  { overlay }: Pick<ToolDeskParts, 'overlay'>,
  approved: readonly CatalogueEntry[],
): Promise<void> {
  const { entries } = await overlay.current();
  const isApproved = (tenant: string, target: Target): boolean =>
    approved.some(
      ({ server, tool, ...of }) =>
        of.tenant === tenant && sameTarget(target, toolTarget({ server, tool })),
    );
  const ids = entries
    .filter(
      ({ why, target }) =>
        why === 'quarantine' &&
        target.kind === 'target' &&
        isApproved(target.tenant, target.target),
    )
    .map(({ id }) => id);
  if (ids.length > 0) await overlay.release(ids);
}
