import { z } from 'zod';
import type { PersonSession } from '#contracts/person-session.ts';
import type { StoredPerson } from '#contracts/people-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { SignedIn } from '#kernel/principal.ts';
import { isoTime } from '#kernel/time.ts';
import { checkFormToken } from '../form-token.ts';
import { html, redirectTo, webPage } from '../html.ts';
import { orPage } from '../oauth/authorize.ts';
import { fieldsIn } from '../oauth/fields.ts';
import { checkOwnForm } from '../own-form.ts';
import { parsed } from '../shapes.ts';
import { personOfSession } from '../signed-in-person.ts';
import type { WebAnswer, WebAsked, WebRoute } from '../web-route.ts';
import { agreePage, signInAgainPage } from './page.ts';

/** A place on the machine of whoever sits there, with a name that nobody guesses. */
const ownMachine = /^http:\/\/127\.0\.0\.1:[1-9]\d{0,4}\/[A-Za-z0-9_-]{22,64}$/;

const begin = z.strictObject({
  challenge: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  redirectUri: z.string().regex(ownMachine, 'a place on this machine').optional(),
  acrValues: z.array(z.string().min(1).max(256)).max(32).default([]),
  maxAgeSeconds: z.int().min(0).max(999_999_999).optional(),
});

const take = z.strictObject({
  login: z.string().max(64),
  verifier: z.string().max(128),
  code: z.string().max(128).optional(),
});

/**
 * How a command line becomes a person who signed in in their browser. INVARIANT: the first two are asked by the
 * command line, which shows nobody's cookies; only the page agrees, and nothing that a page shows is secret.
 */
export const commandLineRoutes: readonly WebRoute[] = [
  {
    method: 'POST',
    path: '/command-line/begin',
    action: 'api.read',
    recordedBy: 'nothing to record',
    encoding: 'json',
    crossOrigin: false,
    serve: ({ parts, body, source }) => {
      const { challenge, redirectUri, acrValues, maxAgeSeconds } = parsed(begin, body);
      const maxAgeMs = maxAgeSeconds === undefined ? undefined : maxAgeSeconds * 1_000;
      const request = parts.desks.commandLine.begin({
        challenge,
        redirectUri,
        require: { acr: acrValues, maxAgeMs },
        source,
      });
      const { id: login, code, until } = request;
      const url = `${parts.publicUrl()}/command-line/${login}`;
      return jsonAnswer({ login, code, url, until: isoTime(until) });
    },
  },
  {
    method: 'POST',
    path: '/command-line/take',
    action: 'identity.api-token-created',
    recordedBy: 'plane',
    encoding: 'json',
    crossOrigin: false,
    async serve({ parts, body }) {
      const { login: id, verifier, code } = parsed(take, body);
      const made = await parts.desks.commandLine.take({ id, verifier, code });
      if (made === undefined) return jsonAnswer({ state: 'waiting' });
      const { token, secret } = made;
      return jsonAnswer({
        state: 'done',
        token: token.id,
        name: token.person,
        roles: [...token.roles],
        until: isoTime(token.expiresAt),
        credential: secret,
      });
    },
  },
  {
    method: 'GET',
    path: '/command-line/:login',
    action: 'api.read',
    recordedBy: 'nothing to record',
    encoding: 'form',
    crossOrigin: false,
    serve: (asked) => orPage(asked, show),
  },
  {
    method: 'POST',
    path: '/command-line/:login',
    action: 'identity.api-token-created',
    // What is agreed to is on record when it is taken.
    recordedBy: 'nothing to record',
    encoding: 'form',
    crossOrigin: false,
    serve: (asked) => orPage(asked, decide),
  },
];

function jsonAnswer(body: JsonObject): WebAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: canonicalText(body),
  };
}

interface Sitting {
  readonly session: PersonSession;
  readonly person: StoredPerson & { readonly through: SignedIn };
}

/** Who sits at this browser; undefined when nobody has signed in there. */
async function sittingAt({ parts, headers }: WebAsked): Promise<Sitting | undefined> {
  const session = await parts.sessions.ofCookie(headers.cookie);
  if (session === undefined) return undefined;
  const person = await personOfSession(parts, session);
  if (person?.through?.kind === 'session') {
    return { session, person: { ...person, through: person.through } };
  }
  throw new BailiwickError('api/forbidden', {
    message: 'you have no role here, so no command line can act as you',
  });
}

async function show(asked: WebAsked): Promise<WebAnswer> {
  const { parts, params } = asked;
  const { commandLine } = parts.desks;
  const request = commandLine.waiting(params['login'] ?? '');
  const signIn = placeToSignIn(request);
  const sitting = await sittingAt(asked);
  if (sitting === undefined) return redirectTo(signIn);
  const { person, session } = sitting;
  return commandLine.satisfies(request, person.through)
    ? agreePage(request, { person, session })
    : signInAgainPage(request, { person, signIn });
}

/** RFC 9470: what was asked for goes along to whoever signs them in. */
function placeToSignIn({
  id,
  require,
}: {
  readonly id: string;
  readonly require: { readonly acr: readonly string[]; readonly maxAgeMs: number | undefined };
}): string {
  const query = new URLSearchParams({ return: `/command-line/${id}` });
  if (require.acr.length > 0) query.set('acr_values', require.acr.join(' '));
  if (require.maxAgeMs !== undefined) query.set('max_age', `${require.maxAgeMs / 1_000}`);
  return `/sign-in?${query.toString()}`;
}

async function decide(asked: WebAsked): Promise<WebAnswer> {
  checkOwnForm(asked);
  const { parts, params } = asked;
  const id = params['login'] ?? '';
  const sitting = await sittingAt(asked);
  if (sitting === undefined) throw new BailiwickError('identity/login-over');
  const fields = fieldsIn(asked);
  checkFormToken(sitting.session, `command-line ${id}`, fields['token']);
  const agrees = fields['decision'] === 'agree';
  const place = parts.desks.commandLine.answer({ by: sitting.person, id, agrees });
  if (place !== undefined) return redirectTo(place);
  const title = agrees ? 'Go back to your command line' : 'Nothing was given';
  return webPage(
    { title },
    html`<h1>${title}</h1><p>${
      agrees
        ? 'It is you now, until this sign-in ends.'
        : 'The command line is told that you did not agree.'
    }</p>`,
  );
}
