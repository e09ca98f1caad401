import { speakersFor } from '#contracts/speaker-entry.ts';
import type { UserToken } from '#contracts/person-session.ts';
import type { HeardStatement } from '#contracts/spoken-words.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { agentActor } from './exchange-trail.ts';
import type { ExchangeAsk, ExchangeParts } from './exchange-parts.ts';

/**
 * What the user said, as it comes with their token. INVARIANT: whoever exchanges is an agent, and writes what it likes: so
 * only what the user's own side has signed is taken, by a key that a document names; what is not is refused.
 */
export function heardIn(
  parts: ExchangeParts,
  { who, words }: Pick<ExchangeAsk, 'who' | 'words'>,
  { provider, user }: Pick<UserToken, 'provider' | 'user'>,
): HeardStatement | undefined {
  if (words === undefined) return undefined;
  const { tenant, agent } = who;
  const of = parts.snapshot()?.tenants[tenant];
  const speakers = speakersFor(of, { agent, signedInBy: { provider }, way: 'exchange' });
  const ask = { tenant, agent, user, speakers, audience: parts.trust().issuer };
  const heard = parts.readStatement({ ...ask, now: parts.clock.now() }, words);
  if ('deaf' in heard) throw notTaken(heard.deaf);
  return heard;
}

/** On record before they count. */
export async function keepWords(
  { sealed, tasks, clock }: ExchangeParts,
  { who }: Pick<ExchangeAsk, 'who'>,
  of: { readonly task: string; readonly by: string; readonly heard: HeardStatement },
): Promise<void> {
  const { task, by, heard } = of;
  const { speaker, words, statement } = heard;
  const { tenant } = who;
  const { id: record } = await sealed.record(
    {
      type: 'task.words',
      tenant,
      actors: [{ kind: 'human', name: by }, agentActor(who)],
      task,
      details: { way: 'exchange', speaker, words: 'sealed' },
    },
    Buffer.from(words, 'utf8'),
    { subject: by },
  );
  const said = { tenant, task, way: 'exchange', words, by, speaker, record, statement } as const;
  if ((await tasks.say({ ...said, now: clock.now() })) === 'used') throw notTaken('used');
}

function notTaken(why: string): BailiwickError {
  return new BailiwickError('identity/words-not-taken', { details: { why } });
}
