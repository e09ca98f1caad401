import { dirname, join } from 'node:path';
import type { ToolServerTransport } from '#contracts/tool-server.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { capabilitiesFor } from '../wire/capabilities.ts';
import { createStdioConnection } from './connection.ts';
import { childArguments, childEnvironment } from './environment.ts';
import { homeOf } from './homes.ts';

export interface StdioOptions {
  /** The folder in which each server of each tenant has one of its own. */
  readonly homes: string;
  /** The same for what is pinned; beside the homes unless it is said. */
  readonly packages?: string;
  /** By which keys of registries are too old. */
  readonly now?: () => number;
}

/**
 * MCP over the standard streams of a child process that owns nothing of ours but what is lent.
 */
export function createStdioTransport({
  homes,
  packages = join(dirname(homes), 'packages'),
  now = Date.now,
}: StdioOptions): ToolServerTransport {
  return {
    kind: 'stdio',
    connect(server, lent, events, tenant) {
      const { connect } = server;
      if (connect.kind !== 'stdio') throw new BailiwickError('gateway/internal');
      const home = homeOf(homes, tenant, server.name);
      return createStdioConnection({
        connect: { ...connect, args: childArguments(connect.args, lent) },
        home,
        packages: homeOf(packages, tenant, server.name),
        signers: server.signers ?? [],
        now,
        environment: childEnvironment({ document: connect.environment, lent, home }),
        timeoutMs: server.timeoutMs,
        capabilities: capabilitiesFor(server),
        events,
      });
    },
  };
}
