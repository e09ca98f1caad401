import type { PersonSession } from '#contracts/person-session.ts';
import type { Person } from '#kernel/principal.ts';
import { isoTime } from '#kernel/time.ts';
import type { LoginRequest } from '#planes/identity/index.ts';
import { formToken } from '../form-token.ts';
import { html, webPage } from '../html.ts';
import type { WebAnswer } from '../web-route.ts';

/** What somebody is asked before a command line may act as them. It shows; the desk decides. */
export function agreePage(
  { id, code, redirectUri }: LoginRequest,
  { person, session }: { readonly person: Person; readonly session: PersonSession },
): WebAnswer {
  const elsewhere = html`<p class="warning" role="alert"><strong>The command line may be on another machine.</strong>
If somebody else sent you this address, they would act as you: do not agree.</p>`;
  const body = html`<h1>Let a command line act as you?</h1>
<p>You are signed in as <strong>${person.name}</strong> (${person.roles.join(', ')}). A command line that was begun just now
wants to act as you, with all your roles, until ${isoTime(session.expiresAt)} or until this sign-in ends.</p>
<p>It shows this code: <strong><code>${code}</code></strong>. Agree only if yours shows the very same.</p>
${redirectUri === undefined ? elsewhere : undefined}
<form method="post" action="/command-line/${id}">
<input type="hidden" name="token" value="${formToken(session, `command-line ${id}`)}">
<p><button type="submit" name="decision" value="agree">The codes are the same: agree</button>
<button type="submit" name="decision" value="refuse">Do not agree</button></p></form>`;
  const title = 'Let a command line act as you';
  return redirectUri === undefined
    ? webPage({ title }, body)
    : webPage({ title, formTo: new URL(redirectUri).origin }, body);
}

export function signInAgainPage(
  { code }: LoginRequest,
  { person, signIn }: { readonly person: Person; readonly signIn: string },
): WebAnswer {
  return webPage(
    { title: 'Sign in again' },
    html`<h1>Sign in again</h1>
<p>You are <strong>${person.name}</strong>. What the command line with the code <strong><code>${code}</code></strong> wants to
do asks for a fresher or a stronger sign-in than yours.</p>
<p><a href="${signIn}">Sign in again</a></p>`,
  );
}
