/**
 * Node's decoder skips what it does not know and drops spare bits. INVARIANT: one text for one
 * value, so that a signed text cannot be changed and still be the same signature or key.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
