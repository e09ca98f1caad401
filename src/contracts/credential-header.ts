/** Headers that frame or route a message, or mean something to a protocol: the gateway alone writes them. */
const reserved = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'accept',
  'accept-encoding',
  'last-event-id',
  'traceparent',
  'tracestate',
  'txn-token',
]);

const reservedPrefixes = ['mcp-', 'proxy-'];

/** May a document have a credential sent in this header? One answer, whatever it is sent to. */
export function isCredentialHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    /^[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/.test(lower) &&
    !reserved.has(lower) &&
    !reservedPrefixes.some((prefix) => lower.startsWith(prefix))
  );
}

export const credentialHeaderProblem = 'is no header name, or one that the gateway alone writes';
