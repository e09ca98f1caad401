import type { ConsentOffer } from '#planes/delegation/index.ts';
import type { EffectClass } from '#kernel/tool.ts';
import { type Html, html, webPage } from '../html.ts';
import type { WebAnswer } from '../web-route.ts';

const names: Readonly<Record<EffectClass, string>> = {
  read: 'read — look things up',
  write: 'write — create and change things',
  delete: 'delete — destroy things, or what cannot be taken back',
};

/** What somebody is asked before a client may act for them. It shows; the plane decides. */
export function consentPage(offer: ConsentOffer, person: string): WebAnswer {
  const { request, agent, offered, durations, token } = offer;
  const { client } = request;
  const some = offered.some(({ targets }) => targets.length > 0);
  const body = html`<h1>Let “${client.name}” act for you?</h1>
<p>You are signed in as <strong>${person}</strong>. The program <strong>${client.name}</strong> wants to act
as the agent <strong>${agent.name}</strong> for you. ${agent.purpose}</p>
<p>For the agent answers: ${agent.owner}. Your answer is sent to <code>${request.redirectUri}</code>.</p>
${warningOf(offer)}
<form method="post" action="/oauth/authorize/${request.id}">
<input type="hidden" name="token" value="${token}">
<fieldset><legend>What it may do, as far as you may yourself</legend>
${offered.map((one) => effectPart(one))}
${some ? undefined : html`<p>Nothing yet: no document gives you anything that this agent may.</p>`}
</fieldset>
<p><label for="duration">For how long</label> <select id="duration" name="duration">
${durations.map((ms, at) => html`<option value="${ms}"${{ html: at === 0 ? ' selected' : '' }}>${durationText(ms)}</option>`)}
</select></p>
<p><button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Do not allow</button></p>
</form>
<p>What you agree to is kept at <a href="/access">/access</a>: there you can narrow or withdraw it at any time.</p>`;
  const formTo = placeOf(request.redirectUri);
  return webPage({ title: 'Let a program act for you', formTo }, body);
}

function warningOf({ request: { client, redirectUri } }: ConsentOffer): Html | undefined {
  if (client.trust === 'registered') return undefined;
  if (client.trust === 'metadata') {
    return html`<p class="warning">The program is described at <code>${client.id}</code>. Go on only if you know that
place and have just begun this yourself.</p>`;
  }
  return html`<p class="warning" role="alert"><strong>Nobody has verified this program.</strong> It registered itself and
chose its name. Go on only if you have just begun this yourself, and the address <code>${redirectUri}</code> is
that of your program.</p>`;
}

function effectPart({ effect, targets, more }: ConsentOffer['offered'][number]): Html {
  return html`<div><label><input type="checkbox" name="effect-${effect}" value="on" checked> ${names[effect]}</label>
<ul>${targets.map((target) => html`<li><code>${target}</code></li>`)}${more > 0 ? html`<li>and ${more} more</li>` : undefined}${targets.length === 0 ? html`<li>nothing at the moment</li>` : undefined}</ul></div>`;
}

export function durationText(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours < 1) return `${Math.round(ms / 60_000)} minutes`;
  if (hours < 48) return hours === 1 ? '1 hour' : `${Math.round(hours)} hours`;
  return `${Math.round(hours / 24)} days`;
}

/** As a source of a content policy: an origin, or the scheme of an app. */
export function placeOf(redirectUri: string): string {
  const { protocol, origin } = new URL(redirectUri);
  return protocol === 'http:' || protocol === 'https:' ? origin : protocol;
}
