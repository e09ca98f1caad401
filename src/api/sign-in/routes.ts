import { z } from 'zod';
import type { PersonSession } from '#contracts/person-session.ts';
import type { SignInRequirement } from '#contracts/sign-in-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { SignInDesk } from '#planes/sign-in/index.ts';
import { parsed } from '../shapes.ts';
import type { WebAnswer, WebAsked, WebRoute } from '../web-route.ts';
import { escaped, pageAnswer, redirectAnswer } from './page.ts';

/** Parameters of ours, and those of RFC 9470; what else stands in the address is nothing to us. */
const askedFor = z.object({
  return: z.string().max(4_096).optional(),
  acr_values: z.string().max(1_024).optional(),
  max_age: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional(),
});

const answer = z.object({
  state: z.string().max(256).optional(),
  code: z.string().max(4_096).optional(),
  iss: z.string().max(1_024).optional(),
  error: z.string().max(256).optional(),
});

const logout = z.object({ logout_token: z.string().max(limits.userTokenBytes) });

const shared = {
  action: 'identity.signed-in',
  recordedBy: 'plane',
  encoding: 'form',
  crossOrigin: false,
} as const;

/** Sign-in by browser: pages without a script. The first four are our own pages' alone. */
export const signInRoutes: readonly WebRoute[] = [
  {
    ...shared,
    method: 'GET',
    path: '/sign-in',
    action: 'identity.signed-in',
    recordedBy: 'nothing to record',
    serve: (asked) => atHome(asked, async () => choose(asked)),
  },
  {
    ...shared,
    method: 'GET',
    path: '/sign-in/callback',
    serve: (asked) =>
      told(
        asked,
        async () => callback(asked),
        asked.parts.signIn.leaveOff({ state: asked.query['state'] }),
      ),
  },
  {
    ...shared,
    method: 'GET',
    path: '/sign-in/jwks',
    recordedBy: 'nothing to record',
    crossOrigin: true,
    serve: ({ parts }) => keys(parts.signIn),
  },
  {
    ...shared,
    method: 'GET',
    path: '/sign-in/:provider',
    serve: (asked) => atHome(asked, async () => told(asked, async () => start(asked))),
  },
  {
    ...shared,
    method: 'POST',
    path: '/sign-out',
    action: 'identity.session-ended',
    serve: (asked) => told(asked, async () => signOut(asked)),
  },
  {
    ...shared,
    method: 'POST',
    path: '/sign-in/backchannel-logout',
    action: 'identity.session-ended',
    crossOrigin: true,
    serve: backchannel,
  },
];

/** By one name alone a browser gets its cookies and comes back: whoever came by another is sent there first. */
async function atHome(asked: WebAsked, serve: () => Promise<WebAnswer>): Promise<WebAnswer> {
  const home = asked.parts.publicUrl();
  if (asked.origin === home) return serve();
  const place = asked.params['provider'];
  const path = place === undefined ? '/sign-in' : `/sign-in/${encodeURIComponent(place)}`;
  const query = new URLSearchParams(asked.query).toString();
  return redirectAnswer(`${home}${path}${query === '' ? '' : `?${query}`}`);
}

/** A no is a page, and on record as every other refusal. */
async function told(
  asked: WebAsked,
  serve: () => Promise<WebAnswer>,
  cookies: readonly string[] = [],
): Promise<WebAnswer> {
  try {
    return await serve();
  } catch (fault) {
    const refused =
      fault instanceof BailiwickError ? fault : new BailiwickError('gateway/internal');
    const page = pageAnswer({
      status: refused.status,
      cookies,
      title: 'You are not signed in',
      body: `<p>${escaped(refused.message)}.</p>
<p>What to do: ${escaped(refused.suggestedAction)}.</p>
<p><code>${escaped(refused.code)}</code></p>
<p><a class="way" href="/sign-in">Begin again</a></p>`,
    });
    return { ...page, refused };
  }
}

async function choose(asked: WebAsked): Promise<WebAnswer> {
  const { parts, query } = asked;
  const session = await parts.sessions.ofCookie(asked.headers.cookie);
  const ways = parts.signIn.providers();
  const wanted = queryOf(parsed(askedFor, query));
  const links = ways.map(({ name, title }) => {
    const place = `/sign-in/${encodeURIComponent(name)}${wanted === '' ? '' : `?${wanted}`}`;
    return `<a class="way" href="${escaped(place)}">${escaped(title)}</a>`;
  });
  const back = new URLSearchParams({ return: query['return'] ?? '/' }).toString();
  const passkey = `<a class="way" href="${escaped(`/?${back}`)}">With a passkey</a>`;
  const none = '<p>No identity provider is configured.</p>';
  return pageAnswer({
    title: session === undefined ? 'Sign in' : 'You are signed in',
    body: [
      session === undefined ? '' : signedIn(session),
      ways.length === 0 ? none : links.join('\n'),
      passkey,
    ].join('\n'),
    ...(session === undefined ? {} : { formTargets: await endTargets(parts.signIn, asked) }),
  });
}

function queryOf(asked: z.output<typeof askedFor>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) {
    if (value !== undefined) query.set(name, value);
  }
  return query.toString();
}

/** Browsers hold the place that a form is sent on to against the policy of its page. */
async function endTargets(signIn: SignInDesk, asked: WebAsked): Promise<readonly string[]> {
  const place = await signIn.placeToEnd({ cookies: asked.headers.cookie });
  return place === undefined ? [] : [new URL(place).origin];
}

function signedIn({ person, roles }: PersonSession): string {
  const as = roles.length === 0 ? 'without a role here' : `as ${roles.join(', ')}`;
  return `<p>You are <strong>${escaped(person)}</strong>, ${escaped(as)}.</p>
<form method="post" action="/sign-out"><button>Sign out</button></form>`;
}

async function start({ parts, params, query, headers, source }: WebAsked): Promise<WebAnswer> {
  const asked = parsed(askedFor, query);
  const { location, cookies } = await parts.signIn.start({
    provider: params['provider'] ?? '',
    returnTo: asked.return,
    require: requirementOf(asked),
    cookies: headers.cookie,
    from: source,
  });
  return redirectAnswer(location, cookies);
}

function requirementOf(asked: z.output<typeof askedFor>): SignInRequirement {
  return {
    acr: (asked.acr_values ?? '').split(' ').filter((one) => one !== ''),
    maxAgeMs: asked.max_age === undefined ? undefined : Number(asked.max_age) * 1_000,
  };
}

async function callback({ parts, query, headers, source }: WebAsked): Promise<WebAnswer> {
  const { state, code, iss, error } = parsed(answer, query);
  const { cookies, returnTo } = await parts.signIn.finish({
    state,
    code,
    iss,
    error,
    cookies: headers.cookie,
    from: source,
  });
  return redirectAnswer(toldSignedIn(returnTo), cookies);
}

/** The page asks who is there only when somebody just came in: strangers are not asked about. */
function toldSignedIn(returnTo: string): string {
  const place = new URL(returnTo, 'http://localhost');
  if (place.pathname !== '/' && !place.pathname.startsWith('/console/')) return returnTo;
  place.searchParams.set('signed-in', 'yes');
  return `${place.pathname}${place.search}${place.hash}`;
}

/** INVARIANT: only a page of ours signs out: a browser says so, or nothing happens. */
async function signOut({ parts, headers }: WebAsked): Promise<WebAnswer> {
  const site = headers['sec-fetch-site'];
  const isOurs = site === undefined ? headers.origin !== undefined : site === 'same-origin';
  if (!isOurs) throw new BailiwickError('admit/forbidden-origin');
  const { cookie, location } = await parts.signIn.signOut({ cookies: headers.cookie });
  return redirectAnswer(location ?? '/sign-in', [cookie]);
}

function keys(signIn: SignInDesk): WebAnswer {
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': `public, max-age=${limits.metadataMs / 1_000}`,
    },
    body: canonicalText(signIn.clientKeys()),
  };
}

/** OpenID Connect Back-Channel Logout 1.0 §2.8: 200, or 400 with an error of OAuth. */
async function backchannel({ parts, body }: WebAsked): Promise<WebAnswer> {
  try {
    await parts.signIn.logOutBy(parsed(logout, body).logout_token);
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
  } catch (fault) {
    const refused =
      fault instanceof BailiwickError ? fault : new BailiwickError('gateway/internal');
    const isAway = refused.status >= 500;
    return {
      status: isAway ? 503 : 400,
      headers: { 'content-type': 'application/json' },
      body: canonicalText({
        error: isAway ? 'temporarily_unavailable' : 'invalid_request',
        error_description: refused.message,
      }),
      refused,
    };
  }
}
