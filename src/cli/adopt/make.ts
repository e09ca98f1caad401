import { setTimeout as pause } from 'node:timers/promises';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { CommandInput } from '../command.ts';
import { objects, textOf } from '../output.ts';
import { type Kept, type Made, note } from './kept.ts';
import type { Planned } from './plan.ts';

export interface Making {
  readonly request: CommandInput['request'];
  readonly kept: Kept;
  readonly say: (line: string) => void;
  /** How long a server may take until it shows its tools: the first start of some downloads them. */
  readonly waitMs: number;
}

const reason = 'bailiwick adopt';

interface ToMake {
  readonly kind: 'ToolServer' | 'Manifest' | 'Agent';
  readonly name: string;
  readonly spec: JsonObject;
  /** What it takes the place of. */
  readonly before?: JsonObject | undefined;
}

/**
 * INVARIANT: what is about to be made is noted first, so that nothing made is ever forgotten; only a
 * clear no takes it out of the notes again.
 */
export async function makeDocument(
  { request, kept }: Making,
  { kind, name, spec, before }: ToMake,
): Promise<void> {
  const made: Made = { kind, name, digest: digestOf(spec), before, isSure: false };
  kept.made.push(made);
  note(kept);
  try {
    await request('POST', '/v1/documents', { kind, name, spec, reason });
    made.isSure = true;
  } catch (fault) {
    if (isClearNo(fault)) kept.made.splice(kept.made.indexOf(made), 1);
    throw fault;
  } finally {
    note(kept);
  }
}

function digestOf(spec: JsonObject): string {
  return sha256Hex(canonicalText(spec));
}

/** Who did not answer, or failed, may have done it all the same. */
function isClearNo(fault: unknown): boolean {
  return fault instanceof Error && 'status' in fault && Number(fault.status) < 500;
}

export async function moveSecrets({ request, kept, say }: Making, servers: readonly Planned[]) {
  const all = servers.flatMap(({ server, moved }) => moved.map((one) => ({ server, ...one })));
  kept.secrets.push(...all.map(({ secret }) => secret));
  note(kept);
  await together(all, async ({ server, secret, value, where }) => {
    await request('PUT', `/v1/secrets/${encodeURIComponent(secret)}`, { value, reason });
    say(`  ${server}: ${where} is now secret ${secret}`);
  });
}

/** The names of what it shows, each definition approved as it was seen. */
export async function pinAll(making: Making, server: string): Promise<readonly string[]> {
  const shown = await shownTools(making, server);
  if (shown.length > 0)
    making.say(`  ${server}: ${shown.length} tools, to be approved as they are`);
  if (shown.length === 0) return [];
  const path = `/v1/tools/${encodeURIComponent(server)}/approve`;
  const pinned: string[] = [];
  for (let at = 0; at < shown.length; at += mostApproved) {
    const tools = shown.slice(at, at + mostApproved);
    const done = await making.request('POST', path, { tools, reason });
    // INVARIANT: what a person has to look at is left to a person; only that is passed over.
    for (const { tool, why } of objects(done['left'])) {
      making.say(
        `  ${server}/${textOf(tool)} is not approved, and not in the manifest: ${textOf(why)}`,
      );
    }
    const approved = Array.isArray(done['approved']) ? done['approved'] : [];
    pinned.push(...approved.map((tool) => `${server}/${textOf(tool)}`));
  }
  return pinned.sort();
}

/** So many definitions go into one act. */
const mostApproved = 1_000;

/** Acts that come at once are put into force by one configuration, so they are not asked one by one. */
const atOnce = 24;

async function together<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += atOnce) {
    await Promise.all(all.slice(at, at + atOnce).map(act));
  }
}

const askAgainMs = 300;
/** A list that did not change so often is whole. */
const timesTheSame = 2;

async function shownTools({ request, waitMs, say }: Making, server: string) {
  const until = Date.now() + waitMs;
  let last = '';
  let same = 0;
  let told = Date.now();
  for (;;) {
    const answer = await request('GET', `/v1/tools?server=${encodeURIComponent(server)}`);
    const tools = objects(answer['tools']).flatMap((one) => {
      const digest = one['observedDigest'] ?? one['pinnedDigest'];
      return typeof digest === 'string' ? [{ tool: textOf(one['tool']), digest }] : [];
    });
    const now = tools.map(({ tool, digest }) => `${tool} ${digest}`).join('\n');
    same = now !== '' && now === last ? same + 1 : 0;
    last = now;
    if (same >= timesTheSame) return tools;
    if (Date.now() > until) return tools;
    if (Date.now() - told > 5_000) {
      told = Date.now();
      say(`  ${server}: waiting for its tools (its first start may download it)`);
    }
    await pause(askAgainMs);
  }
}

export function nothingShown(servers: readonly string[]): BailiwickError {
  return new BailiwickError('cli/usage', {
    message: `no server showed a tool: ${servers.join(', ')}; nothing was changed`,
    suggestedAction: 'see that their commands run here, or wait longer: --wait SECONDS',
  });
}
