import { type Refusal, refusal } from '#kernel/errors.ts';
import { headerValue } from '#contracts/mirrored.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Incoming } from './message.ts';
import { methodOf } from './methods.ts';
import {
  isLegacy,
  modernRevision,
  negotiated,
  type Revision,
  servedRevisions,
  unnamedRevision,
} from './revisions.ts';

const versionKey = 'io.modelcontextprotocol/protocolVersion';
const capabilitiesKey = 'io.modelcontextprotocol/clientCapabilities';

type Headers = Readonly<Record<string, string>>;
export type Message = Exclude<Incoming, { kind: 'bad' | 'response' }>;

/**
 * Which revision does this message speak, and do its headers say the same as its body?
 * The gateway judges the body; a header that says otherwise is refused, never believed.
 */
export function revisionOf(headers: Headers, message: Message): Revision | Refusal {
  const contradicted = contradiction(headers, message);
  if (contradicted !== undefined) return mismatch(contradicted);
  const header = headers['mcp-protocol-version'];
  const meta = message.params['_meta'];
  const inBody = isJsonObject(meta) ? meta[versionKey] : undefined;
  if (inBody !== undefined) return modern(headers, message, meta as JsonObject);
  // A handshake says in its body what it wants, and is told what it gets.
  if (message.method === 'initialize') return negotiated(message.params['protocolVersion']);
  if (header === modernRevision) {
    return message.kind === 'notification' ? modernRevision : refusal('admit/missing-meta');
  }
  if (header === undefined) return unnamedRevision;
  return isLegacy(header) ? header : unsupported(header);
}

function modern(headers: Headers, message: Message, meta: JsonObject): Revision | Refusal {
  const version = meta[versionKey];
  if (typeof version !== 'string') return refusal('admit/missing-meta');
  // What a header says of it is wrong before what nobody serves is: whoever routes by it read another.
  const header = headers['mcp-protocol-version'];
  if (header !== undefined && header !== version) return mismatch('MCP-Protocol-Version');
  if (version !== modernRevision) return unsupported(version);
  if (!isJsonObject(meta[capabilitiesKey])) return refusal('admit/missing-meta');
  const method = methodOf(modernRevision, message.method);
  // What is not served is told so, whatever else is wrong with it.
  if (method === undefined) return modernRevision;
  if (header === undefined) return mismatch('MCP-Protocol-Version');
  if (headers['mcp-method'] === undefined) return mismatch('Mcp-Method');
  if (method.names !== undefined && headers['mcp-name'] === undefined) return mismatch('Mcp-Name');
  return modernRevision;
}

/**
 * The header that says something else than the body. INVARIANT: in every revision; whoever routes or
 * judges by headers before us must have seen what we judge.
 */
function contradiction(headers: Headers, { method, params }: Message): string | undefined {
  const { 'mcp-method': saidMethod, 'mcp-name': saidName } = headers;
  if (saidMethod !== undefined && saidMethod !== method) return 'Mcp-Method';
  if (saidName === undefined) return undefined;
  // Both revisions name the same member; what nobody serves is refused anyway.
  const names = methodOf(modernRevision, method)?.names;
  const named = names === undefined ? undefined : params[names];
  return named !== undefined && headerValue(saidName) === named ? undefined : 'Mcp-Name';
}

function mismatch(name: string): Refusal {
  return refusal('admit/header-mismatch', {
    message: `header \`${name}\` is missing or does not repeat the body`,
  });
}

function unsupported(requested: string): Refusal {
  return refusal('admit/unsupported-revision', {
    details: { requested: requested.slice(0, 32), supported: [...servedRevisions] },
  });
}
