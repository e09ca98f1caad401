import { BailiwickError } from '#kernel/errors.ts';
import type { OpenedCheckpoint } from '#tlog/index.ts';
import {
  contradictionOf,
  createWitnessClient,
  damageIn,
  type WitnessClient,
} from './witness-client.ts';
import { messageOf, open, originOf, type WitnessedLog } from './witnessed-log.ts';
import type { WitnessingParts } from './witnessing.ts';

/**
 * Before anything is signed again: what a witness remembers of these logs is here. Rejects with
 * `audit/witness-ahead` when one remembers more, or another history, and with `audit/inconsistent` when
 * a log cannot be held against what they remember. INVARIANT: of a witness that answers every log is
 * asked; one that is away is not waited for: the looks of the running program find the same and tell it.
 */
export async function askBeforeStart(parts: Pick<WitnessingParts, 'policy' | 'logs' | 'outbound'>) {
  const clients = parts.policy.witnesses.map((place) => createWitnessClient(place, parts.outbound));
  if (clients.length === 0) return;
  const logs = parts.logs();
  const found = (await Promise.all(clients.map((client) => refusalsOf(client, logs)))).flat();
  const first = found.find(({ code }) => code === 'audit/witness-ahead') ?? found[0];
  if (first !== undefined) throw first;
}

async function refusalsOf(
  client: WitnessClient,
  logs: readonly WitnessedLog[],
): Promise<readonly BailiwickError[]> {
  const found: BailiwickError[] = [];
  for (const log of logs) {
    const { head, damage } = headOrDamage(log);
    const word = head === undefined ? undefined : await client.ask(head, log.read);
    if (word?.kind === 'away') break;
    const broken = damage ?? damageIn(originOf(log), word === undefined ? [] : [word]);
    if (broken !== undefined) {
      found.push(new BailiwickError('audit/inconsistent', { message: broken }));
    }
    // What was signed and not shown yet is signed again before anything else is.
    if (head === undefined || word === undefined) continue;
    if (word.kind === 'ahead' && word.size <= log.reached()) continue;
    const text = contradictionOf(client.name, head, word);
    if (text !== undefined) return [new BailiwickError('audit/witness-ahead', { message: text })];
  }
  return found;
}

function headOrDamage(log: WitnessedLog): {
  readonly head?: OpenedCheckpoint | undefined;
  readonly damage?: string;
} {
  try {
    return { head: open(log, 'checkpoint') };
  } catch (fault) {
    return { damage: `the checkpoint of \`${originOf(log)}\`: ${messageOf(fault)}` };
  }
}
