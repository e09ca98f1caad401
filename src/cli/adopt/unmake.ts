import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { CommandInput } from '../command.ts';
import { cell, objects, textOf } from '../output.ts';
import type { Kept, Made } from './kept.ts';
import { everyOf } from '../every-of.ts';

type Request = CommandInput['request'];

/**
 * Takes out what was made, newest first, then the secrets that it was lent; what somebody changed
 * since stays, unless it is forced. Tells what stays, and why. To do it again is safe.
 */
export async function unmake(
  request: Request,
  { made, secrets }: Pick<Kept, 'made' | 'secrets'>,
  isForced = false,
): Promise<readonly string[]> {
  const stays: string[] = [];
  const tried = async (what: string, act: () => Promise<string | undefined>): Promise<void> => {
    const why = await act().catch(refusalOf);
    if (why !== undefined) stays.push(`${what}: ${why}`);
  };
  const known = objects((await everyOf(request, '/v1/documents', 'documents'))['documents']);
  for (const one of made.toReversed()) {
    const now = known.find(({ kind, name }) => kind === one.kind && name === one.name);
    if (now === undefined) continue;
    const digest = textOf(now['digest']);
    await tried(`${one.kind} ${one.name}`, () => takeBack(request, one, { digest, isForced }));
  }
  if (secrets.length === 0) return stays;
  const vault = objects((await everyOf(request, '/v1/secrets', 'secrets'))['secrets']);
  for (const name of secrets) {
    const now = vault.find((one) => one['name'] === name);
    if (now === undefined) continue;
    await tried(`secret ${name}`, async () => {
      if (now['version'] !== 1 && !isForced) return changed;
      const path = `/v1/secrets/${encodeURIComponent(name)}/remove`;
      await request('POST', path, { reason: back });
      return undefined;
    });
  }
  return stays;
}

const back = 'bailiwick adopt --undo';
const changed = 'it was changed since';

/** A no of the control program is told; what is no answer of it ends the whole. */
function refusalOf(fault: unknown): string {
  if (!(fault instanceof Error) || !('suggestedAction' in fault)) throw fault;
  return cell(fault.message, 200);
}

async function takeBack(
  request: Request,
  { kind, name, before, digest: ours }: Made,
  { digest, isForced }: { readonly digest: string; readonly isForced: boolean },
): Promise<string | undefined> {
  // It stands there as it did before us: it was taken back already, or never made.
  if (before !== undefined && digest === sha256Hex(canonicalText(before))) return undefined;
  if (digest !== ours && !isForced) return changed;
  if (before === undefined) {
    const path = `/v1/documents/${kind}/${encodeURIComponent(name)}/remove`;
    await request('POST', path, { reason: back });
  } else {
    await request('POST', '/v1/documents', { kind, name, spec: before, reason: back });
  }
  return undefined;
}
