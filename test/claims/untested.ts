/**
 * Claims that no test names yet: limits, error codes and record types. The list may only shrink; a
 * line whose claim has a test by now fails the claims test.
 */
export const untested: readonly string[] = [
  'admit/connections',
  'admit/missing-meta',
  'admit/too-slow',
  'assertionMs',
  'audit/proof-invalid',
  'checkpointMs',
  'config/unreadable',
  'credential.process-lease',
  'credential.process-lease-ended',
  'gateway.greeted',
  'gateway.late-answer',
  'headersReceiveMs',
  'idleConnectionMs',
  'log.marked',
  'policy.listed',
  'policy/no-permit',
  'requestBodyBytes',
  'requestReceiveMs',
  'standing/quota',
  'statePortMessageBytes',
  'statePortTimeoutMs',
  'supervisorRestartMs',
  'upstreamConnectMs',
  'upstreamMessageBytes',
];
