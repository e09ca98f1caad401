import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { BailiwickError } from '#kernel/errors.ts';
import { newCapability } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type ControlClient, createControlClient } from '../../../sdk/index.ts';
import { cell, textOf } from '../output.ts';
import { openAnswerPlace } from './listener.ts';

/** How a person has to sign in, as a challenge says it (RFC 9470). */
export interface Wanted {
  readonly acrValues?: readonly string[];
  readonly maxAgeSeconds?: number;
}

export interface BrowserSignInAsk {
  readonly url: string;
  readonly wanted: Wanted;
  /** Whether the browser is at another machine and brings nothing here. */
  readonly elsewhere: boolean;
  readonly note: (text: string) => void;
}

/** Somebody who signed in in their browser, for as long as that lasts. */
export interface SignedInThere {
  readonly credential: string;
  readonly token: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly until: string;
}

const againMs = 2_000;

/**
 * Has a person sign in and agree in their browser. INVARIANT: what makes it theirs never stands in a command, an
 * address or what is printed: the verifier goes to control alone, and what comes back is kept by the caller.
 */
export async function signInByBrowser(ask: BrowserSignInAsk): Promise<SignedInThere> {
  const client = createControlClient({ url: ask.url, credential: undefined });
  const verifier = newCapability() + newCapability();
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const place = ask.elsewhere ? undefined : await openAnswerPlace();
  try {
    const begun = await client.request('POST', '/command-line/begin', {
      challenge,
      ...(place === undefined ? {} : { redirectUri: place.redirectUri }),
      ...ask.wanted,
    });
    ask.note(
      `open this in your browser, and compare the code there with this one: ${cell(begun['code'])}\n  ${cell(begun['url'])}\n`,
    );
    const login = textOf(begun['login']);
    const waitMs = Date.parse(textOf(begun['until'])) - Date.now();
    if (place === undefined) return await askAgain(client, { login, verifier }, waitMs);
    const answer = await place.answer(waitMs);
    if (answer === undefined) throw new BailiwickError('identity/login-over');
    if (answer.kind === 'no') throw new BailiwickError('identity/login-refused');
    return doneIn(await take(client, { login, verifier, code: answer.code }));
  } finally {
    place?.close();
  }
}

async function take(client: ControlClient, asked: JsonObject): Promise<JsonObject> {
  return client.request('POST', '/command-line/take', asked);
}

/** Where the browser is elsewhere, and brings nothing here. */
async function askAgain(
  client: ControlClient,
  asked: JsonObject,
  waitMs: number,
): Promise<SignedInThere> {
  const until = performance.now() + waitMs;
  while (performance.now() < until) {
    const answer = await take(client, asked);
    if (answer['state'] === 'done') return doneIn(answer);
    await pause(againMs);
  }
  throw new BailiwickError('identity/login-over');
}

function doneIn(answer: JsonObject): SignedInThere {
  const { roles } = answer;
  return {
    credential: textOf(answer['credential']),
    token: textOf(answer['token']),
    name: textOf(answer['name']),
    roles: Array.isArray(roles) ? roles.map(String) : [],
    until: textOf(answer['until']),
  };
}
