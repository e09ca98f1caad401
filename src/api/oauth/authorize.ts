import { BailiwickError } from '#kernel/errors.ts';
import { effectClasses } from '#kernel/tool.ts';
import { html, redirectTo, webPage } from '../html.ts';
import type { WebAnswer, WebAsked, WebRoute } from '../web-route.ts';
import { checkOwnForm } from '../own-form.ts';
import { consentPage } from './consent-page.ts';
import { fieldsIn } from './fields.ts';

/**
 * Where a client sends its user, and what the user is shown. INVARIANT: until it is certain where the answer
 * goes, a no is a page here; nothing that a client sends is put into an address of ours.
 */
export const authorizeRoutes: readonly WebRoute[] = [
  {
    method: 'GET',
    path: '/oauth/authorize',
    action: 'api.read',
    recordedBy: 'nothing to record',
    encoding: 'form',
    crossOrigin: false,
    serve: (asked) => orPage(asked, begin),
  },
  {
    method: 'GET',
    path: '/oauth/authorize/:request',
    action: 'api.read',
    recordedBy: 'nothing to record',
    encoding: 'form',
    crossOrigin: false,
    serve: (asked) => orPage(asked, show),
  },
  {
    method: 'POST',
    path: '/oauth/authorize/:request',
    action: 'consent.given',
    recordedBy: 'plane',
    encoding: 'form',
    crossOrigin: false,
    serve: (asked) => orPage(asked, decide),
  },
];

async function begin({ parts, query, origin, source }: WebAsked): Promise<WebAnswer> {
  const tenant = parts.systemTenant;
  const begun = await parts.oauth.authorization.begin({ tenant, query, issuer: origin, source });
  return redirectTo(
    begun.kind === 'answer' ? begun.location : `/oauth/authorize/${begun.request.id}`,
  );
}

async function show({ parts, params, headers, origin }: WebAsked): Promise<WebAnswer> {
  const session = await parts.sessions.ofCookie(headers.cookie);
  const request = params['request'] ?? '';
  const at = await parts.oauth.authorization.go({ request, session, issuer: origin });
  if (at.kind === 'answer') return redirectTo(at.location);
  if (at.kind === 'sign-in') {
    const back = encodeURIComponent(`/oauth/authorize/${at.request.id}`);
    return redirectTo(`/sign-in?return=${back}`);
  }
  return consentPage(at.offer, session?.person ?? '');
}

async function decide(asked: WebAsked): Promise<WebAnswer> {
  checkOwnForm(asked);
  const { parts, params, headers, origin } = asked;
  const session = await parts.sessions.ofCookie(headers.cookie);
  if (session === undefined) throw new BailiwickError('oauth/unknown-request');
  const fields = fieldsIn(asked);
  const { location } = await parts.oauth.authorization.decide({
    request: params['request'] ?? '',
    session,
    token: fields['token'] ?? '',
    issuer: origin,
    decision:
      fields['decision'] === 'allow'
        ? {
            kind: 'allow',
            effects: effectClasses.filter((effect) => fields[`effect-${effect}`] === 'on'),
            durationMs: durationOf(fields['duration']),
          }
        : { kind: 'deny' },
  });
  return redirectTo(location);
}

function durationOf(text: string | undefined): number {
  if (text !== undefined && /^[1-9]\d{4,11}$/.test(text)) return Number(text);
  throw new BailiwickError('oauth/invalid-request', { message: '`duration` is missing' });
}

/** A no to the person in front of us. It names no address to go to. */
export async function orPage(
  asked: WebAsked,
  serve: (asked: WebAsked) => Promise<WebAnswer>,
): Promise<WebAnswer> {
  try {
    return await serve(asked);
  } catch (fault) {
    const refused =
      fault instanceof BailiwickError
        ? fault
        : new BailiwickError('gateway/internal', { cause: fault });
    const { status, message, suggestedAction, code } = refused;
    const page = webPage(
      { title: 'This cannot go on', status },
      html`<h1>This cannot go on</h1><p>${message}.</p><p>What to do: ${suggestedAction}.</p>
<p><code>${code}</code></p>`,
    );
    return { ...page, refused };
  }
}
