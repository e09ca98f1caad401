/** Revision of the per-request era, and of the handshake era that most deployed servers speak. */
export const modernRevision = '2026-07-28';
export const legacyRevision = '2025-11-25';

/** What a server may answer to our `initialize`; another one is not spoken here. */
export const legacyRevisions: readonly string[] = [
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
];

export const clientInfo = { name: 'bailiwick', version: '0.1.0' } as const;

export const metaPrefix = 'io.modelcontextprotocol/';

/** What every modern request says about its sender. By itself it offers no capability, so nothing may be asked of it. */
export const modernMeta = {
  [`${metaPrefix}protocolVersion`]: modernRevision,
  [`${metaPrefix}clientCapabilities`]: {},
  [`${metaPrefix}clientInfo`]: clientInfo,
};
