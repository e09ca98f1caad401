import type { Content } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalText, isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { checkContents, offersIn, promptJudge } from '#planes/tools/index.ts';
import type { Target } from '#kernel/target.ts';
import type { Acting, Aimed } from '../action.ts';
import { type OfferParts, OfferSubject } from '../offer-subject.ts';
import type { Asking } from '../subject.ts';

/** A prompt of a tool server, filled with arguments; the manifest names it whole. */
export function promptGet(parts: OfferParts): Acting {
  return {
    kind: 'prompt-get',
    route: 'acting',
    settledAs: 'policy.outcome',
    hidden: promptJudge.hidden,
    means: aimedAt,
    sees: (asked, content) => promptJudge.sees(asked, aimedAt(asked, content)),
    resolve(asked, content) {
      const target = aimedAt(asked, content);
      const found = promptJudge.judge(asked, target, content.arguments);
      if (isRefusal(found)) return found;
      if (isAmbiguous(asked, content, target)) return refusal('offers/ambiguous');
      const { judged, offer } = found;
      const { name, owner } = offer.target;
      const { configuration, principal } = asked;
      const view = offersIn(configuration.snapshot);
      const mayRead = (uri: string): boolean =>
        view.named(principal, { kind: 'resource', owner, name: uri }) !== undefined;
      return new OfferSubject(parts, principal, {
        judged,
        manifest: offer.manifest,
        server: offer.server,
        method: 'prompts/get',
        params: paramsOf(name, content),
        named: name,
        take: (result) => checkPrompt(result) ?? checkEmbedded(result, mayRead) ?? result,
      });
    },
  };
}

/** INVARIANT: what the agent was shown under this name, before what the name says by itself. */
function aimedAt({ configuration, principal }: Asking, { named, target }: Aimed): Target {
  return offersIn(configuration.snapshot).shownAs(principal, 'prompt', named) ?? target;
}

/** At the address of its own server it is named as its server does, and nothing looks like it. */
function isAmbiguous({ configuration, principal }: Asking, { named }: Aimed, of: Target): boolean {
  const isWhole = named === `${of.owner}.${of.name}`;
  return !isWhole && offersIn(configuration.snapshot).shownName(principal, of) === undefined;
}

/** INVARIANT: the judged bytes of the arguments stand in it unchanged. */
function paramsOf(name: string, { argumentBytes }: Content): Buffer {
  const tail = Buffer.from(`,"name":${canonicalText(name)}}`);
  return Buffer.concat([Buffer.from('{"arguments":'), argumentBytes, tail]);
}

/** What does not have the shape of a prompt is refused whole. */
function checkPrompt({ messages, description = '' }: JsonObject): Refusal | undefined {
  if (!Array.isArray(messages)) return broken('it has no messages');
  if (!(messages as readonly Json[]).every(isMessage)) return broken('a message of it is not one');
  return typeof description === 'string' ? undefined : broken('its description is no text');
}

/** INVARIANT: what may not be read is not told inside of something else; one such refuses the whole. */
function checkEmbedded(
  { messages }: JsonObject,
  mayRead: (uri: string) => boolean,
): Refusal | undefined {
  const contents = (messages as readonly { readonly content: JsonObject }[])
    .map(({ content }) => content)
    .filter((content) => content['type'] === 'resource' || content['resource'] !== undefined)
    .map(({ resource = null }) => resource);
  return checkContents({ contents }, mayRead);
}

/** It has a role of the protocol, and one content with a type. */
function isMessage(message: Json): boolean {
  if (!isJsonObject(message)) return false;
  const { role, content } = message;
  if (role !== 'user' && role !== 'assistant') return false;
  return isJsonObject(content) && typeof content['type'] === 'string';
}

function broken(why: string): Refusal {
  return refusal('tools/upstream-protocol', {
    message: `the tool server broke the protocol: ${why}`,
  });
}
