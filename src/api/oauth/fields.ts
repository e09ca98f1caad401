import { BailiwickError } from '#kernel/errors.ts';
import type { WebAsked } from '../web-route.ts';

export type Fields = Readonly<Record<string, string>>;

/** The fields of a form. What stands twice in it was refused before. */
export function fieldsIn({ body }: Pick<WebAsked, 'body'>): Fields {
  const fields = Object.create(null) as Record<string, string>;
  if (typeof body !== 'object' || body === null) return fields;
  for (const [name, value] of Object.entries(body)) {
    // RFC 6749 §3.2: what is sent without a value is not sent.
    if (typeof value === 'string' && value !== '') fields[name] = value;
  }
  return fields;
}

export function needed(fields: Fields, name: string): string {
  const value = fields[name];
  if (value !== undefined) return value;
  throw new BailiwickError('oauth/invalid-request', { message: `\`${name}\` is missing` });
}
