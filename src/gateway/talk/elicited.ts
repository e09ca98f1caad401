import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';

const secretNames =
  /passw|passphrase|secret|credential|api[\s_-]*key|private[\s_-]*key|access[\s_-]*token|auth[\s_-]*token|\b(?:otp|pin|cvv|cvc|ssn|mfa)\b|one[\s_-]*time[\s_-]*(?:code|password)|security[\s_-]*code/i;

/**
 * A form that asks a person for a secret. INVARIANT: nobody is shown one: the protocol forbids it, and
 * what is typed there would pass through the client, the model's side of the wall.
 */
export function asksForSecret({ requestedSchema }: JsonObject): boolean {
  const properties = isJsonObject(requestedSchema) ? requestedSchema['properties'] : undefined;
  if (!isJsonObject(properties)) return false;
  return Object.entries(properties).some(([name, field]) => isSecretField(name, field));
}

/** A label of a field; what is longer is no label. */
const longestSaid = 512;

function isSecretField(name: string, field: Json | undefined): boolean {
  // Words are parted as people part them: `accessToken`, `access_token`, `access-token`.
  const labels = [name.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ')];
  if (isJsonObject(field)) {
    if (field['format'] === 'password') return true;
    labels.push(
      ...[field['title'], field['description']].filter((text) => typeof text === 'string'),
    );
  }
  return labels.some((text) => secretNames.test(text.slice(0, longestSaid)));
}
