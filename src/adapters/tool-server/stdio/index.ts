import type { ToolServerTransport } from '#contracts/tool-server.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { createStdioConnection } from './connection.ts';
import { childEnvironment } from './environment.ts';

/** MCP over the standard streams of a child process that owns nothing of ours but what is lent. */
export function createStdioTransport(): ToolServerTransport {
  return {
    kind: 'stdio',
    connect(server, lent, events) {
      const { connect } = server;
      if (connect.kind !== 'stdio') throw new BailiwickError('gateway/internal');
      return createStdioConnection({
        connect,
        environment: childEnvironment(connect.environment, lent),
        timeoutMs: server.timeoutMs,
        events,
      });
    },
  };
}
