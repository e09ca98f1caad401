import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';

const secretNames =
  /pass ?w|\bpwd\b|passphrase|secret|credential|\btokens?\b|api ?key|private ?key|\b(?:otp|pin|cvv|cvc|ssn|mfa)\b|one ?time ?code|security ?code/;

/**
 * A form that says that it asks a person for a secret. INVARIANT: such a form is shown to nobody: the
 * protocol forbids it, and what is typed there would pass through the client, the model's side of the
 * wall. It goes by words: a server that means to deceive can always find others.
 */
export function asksForSecret({ requestedSchema, message }: JsonObject): boolean {
  if (requestedSchema === undefined) return false;
  const properties = isJsonObject(requestedSchema) ? requestedSchema['properties'] : undefined;
  // What cannot be read as the fields of a form is no form of the protocol.
  if (!isJsonObject(properties)) return true;
  const fields = Object.entries(properties);
  const isTyped = fields.some(([, field]) => isJsonObject(field) && field['type'] === 'string');
  if (isTyped && typeof message === 'string' && namesSecret(message)) return true;
  return fields.some(([name, field]) => isSecretField(name, field));
}

/** Of a label or a message; what is longer is looked through so far. */
const longestRead = 4_096;

function isSecretField(name: string, field: Json | undefined): boolean {
  if (namesSecret(name)) return true;
  if (!isJsonObject(field)) return false;
  if (field['format'] === 'password') return true;
  const labels = [field['title'], field['description']];
  return labels.some((label) => typeof label === 'string' && namesSecret(label));
}

/** Words are parted as people part them (`accessToken`, `access_token`), and unseen marks are left out. */
function namesSecret(text: string): boolean {
  const words = text
    .slice(0, longestRead)
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[\s_-]+/g, ' ')
    .toLowerCase();
  return secretNames.test(words);
}

/** A link is opened only by a client that said that it can show one, and only over HTTP. */
export function isUnaskedLink({ mode, url }: JsonObject, capabilities: JsonObject): boolean {
  if (mode === undefined || mode === 'form') return false;
  const { elicitation } = capabilities;
  const canOpen = isJsonObject(elicitation) && elicitation['url'] !== undefined;
  return mode !== 'url' || !canOpen || typeof url !== 'string' || !/^https?:\/\//i.test(url);
}
