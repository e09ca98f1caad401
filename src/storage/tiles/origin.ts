export const defaultOriginPrefix = 'bailiwick.local';

/** The name under which a log signs, and so its verifier key. */
export function logOrigin(
  prefix: string,
  log: { tenant: string; retention: string; writer: string },
): string {
  return `${prefix}/${log.tenant}/${log.retention}/${log.writer}`;
}
