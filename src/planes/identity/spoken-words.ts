import { z } from 'zod';
import { speakerId, type SpeakerEntry } from '#contracts/speaker-entry.ts';
import type { ReadStatement, WordsAsk, WordsDeaf } from '#contracts/spoken-words.ts';
import { limits } from '#kernel/limits.ts';
import { importPublicJwk } from './jwk.ts';
import { type Jws, parseJws, verifySignature } from './jws.ts';

/** The `typ` of the header. INVARIANT: it stands in what is signed, so nothing signed for another use is words. */
export const wordsType = 'bailiwick-words+jwt';

const name = z.string().min(1).max(256);

const shape = z.strictObject({
  /** The document by which the words count. */
  iss: name,
  /** Whose words they are, as the provider names them. */
  sub: name,
  aud: name,
  tenant: name,
  agent: name,
  jti: name,
  iat: z.int(),
  exp: z.int(),
  words: z.string(),
});

type Claims = z.infer<typeof shape>;

/** Longer than the longest words in base64url, with what stands beside them. */
const longestStatement = 32_768;

/** A person types no sooner than this, and no later. */
const livesAtMostMs = 600_000;

/** INVARIANT: by a key of the document that the statement names, and by no other. */
export const readStatement: ReadStatement = (ask, text) => {
  const jws = text.length > longestStatement ? undefined : parseJws(text);
  if (jws === undefined) return { deaf: 'not-signed' };
  const { header, claims } = jws;
  const speaker = ask.speakers.find((one) => one.name === claims['iss']);
  if (speaker === undefined) return { deaf: 'no-document' };
  if (header['typ'] !== wordsType || header['crit'] !== undefined) return { deaf: 'signature' };
  if (!isSignedBy(speaker, jws)) return { deaf: 'signature' };
  const read = shape.safeParse(claims);
  if (!read.success) return { deaf: 'signature' };
  const deaf = whyNot(ask, read.data);
  if (deaf !== undefined) return { deaf };
  const { jti, words } = read.data;
  return { speaker: speakerId(speaker), words, statement: `${speaker.name} ${jti}` };
};

function isSignedBy({ keys }: SpeakerEntry, { header, compact }: Jws): boolean {
  const named = keys.find(({ kid }) => kid === header['kid']);
  const key = named === undefined ? undefined : importPublicJwk(named.jwk);
  if (key === undefined || header['alg'] !== key.algorithm) return false;
  return verifySignature(compact, key.key, key.algorithm);
}

function whyNot(ask: WordsAsk, { sub, aud, tenant, agent, iat, exp, words }: Claims) {
  const isOurs = aud === ask.audience && tenant === ask.tenant && agent === ask.agent;
  const deaf = (why: WordsDeaf): WordsDeaf => why;
  if (!isOurs || sub !== ask.user.subject) return deaf('of-another');
  const began = iat * 1_000 <= ask.now + limits.clockSkewMs;
  const isNow = began && exp * 1_000 > ask.now && (exp - iat) * 1_000 <= livesAtMostMs;
  if (!isNow) return deaf('time');
  const isLong = Buffer.byteLength(words) > limits.intentBytes || words.trim() === '';
  return isLong ? deaf('too-long') : undefined;
}
