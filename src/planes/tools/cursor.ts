const form = /^([1-9][0-9]{0,8})\.([0-9a-f]{1,16})$/;

/** Opaque to the agent: where to go on, in which Snapshot. It gives no right to anything. */
export function makeCursor(offset: number, snapshotDigest: string): string {
  return Buffer.from(`${offset}.${mark(snapshotDigest)}`).toString('base64url');
}

/** Undefined when it is none of ours, or of a Snapshot that is gone: tools may have moved. */
export function readCursor(cursor: string, snapshotDigest: string): number | undefined {
  if (cursor.length > 64) return undefined;
  const match = form.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  return match?.[2] === mark(snapshotDigest) ? Number(match[1]) : undefined;
}

function mark(digest: string): string {
  return digest.slice(0, 16);
}
