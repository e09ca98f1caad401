import type { Consent } from '#contracts/consent-book.ts';
import type { PersonSession } from '#contracts/person-session.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isoTime } from '#kernel/time.ts';
import { effectClasses } from '#kernel/tool.ts';
import { type Html, html, redirectTo, webPage } from '../html.ts';
import { checkFormToken, formToken } from '../form-token.ts';
import { checkOwnForm } from '../own-form.ts';
import type { WebAnswer, WebAsked, WebRoute } from '../web-route.ts';
import { orPage } from './authorize.ts';
import { fieldsIn } from './fields.ts';

/** What somebody has agreed to, for themselves to see, narrow and withdraw. */
export const accessRoutes: readonly WebRoute[] = [
  {
    method: 'GET',
    path: '/access',
    action: 'api.read',
    recordedBy: 'nothing to record',
    encoding: 'form',
    crossOrigin: false,
    serve: (asked) => orPage(asked, show),
  },
  {
    method: 'POST',
    path: '/access/:consent',
    action: 'consent.withdrawn',
    recordedBy: 'plane',
    encoding: 'form',
    crossOrigin: false,
    serve: (asked) => orPage(asked, change),
  },
];

async function show({ parts, headers }: WebAsked): Promise<WebAnswer> {
  const session = await parts.sessions.ofCookie(headers.cookie);
  if (session === undefined) return redirectTo('/sign-in?return=%2Faccess');
  const consents = await parts.desks.consents.own.list(session);
  return webPage(
    { title: 'Who acts for you' },
    html`<h1>Who acts for you</h1><p>You are signed in as <strong>${session.person}</strong>.</p>
${consents.length === 0 ? html`<p>Nobody.</p>` : consents.map((one) => part(one, session))}`,
  );
}

function part(consent: Consent, session: PersonSession): Html {
  const { id, clientName, client, agent, effects, until } = consent;
  return html`<section aria-labelledby="c-${id}"><h2 id="c-${id}">${clientName}</h2>
<p>Acts for you as <strong>${agent}</strong> (<code>${client}</code>) until ${isoTime(until)}.</p>
<form method="post" action="/access/${id}"><input type="hidden" name="token" value="${formToken(session, `access ${id}`)}">
<fieldset><legend>It may</legend>${effects.map((effect) => html`<label><input type="checkbox" name="effect-${effect}" value="on" checked> ${effect}</label> `)}</fieldset>
<p><button type="submit" name="do" value="narrow">Leave only what is checked</button>
<button type="submit" name="do" value="withdraw">Withdraw</button></p></form></section>`;
}

async function change(asked: WebAsked): Promise<WebAnswer> {
  checkOwnForm(asked);
  const { parts, headers, params } = asked;
  const session = await parts.sessions.ofCookie(headers.cookie);
  if (session === undefined) return redirectTo('/sign-in?return=%2Faccess');
  const id = params['consent'] ?? '';
  const fields = fieldsIn(asked);
  checkFormToken(session, `access ${id}`, fields['token']);
  const { own } = parts.desks.consents;
  const effects = effectClasses.filter((effect) => fields[`effect-${effect}`] === 'on');
  if (fields['do'] === 'narrow' && effects.length > 0) await own.narrow(session, { id, effects });
  else if (fields['do'] === 'narrow' || fields['do'] === 'withdraw') {
    await own.withdraw(session, id);
  } else throw new BailiwickError('oauth/invalid-request');
  return redirectTo('/access');
}
