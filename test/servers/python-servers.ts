import { join } from 'node:path';
import { python } from '../clients/python-clients.ts';
import type { ForeignServer } from './server.ts';

const ship = { name: 'Maria', tonnage: 1200.5, home: { street: 'Quay 6' } };

export const pythonServers: readonly ForeignServer[] = [
  {
    name: 'FastMCP 4.2.3',
    connect: {
      command: python('second'),
      args: [join(import.meta.dirname, 'python/server.py')],
    },
    calls: [
      { tool: 'measure', arguments: { ship } },
      { tool: 'add', arguments: { a: 2, b: 40 } },
      { tool: 'picture', arguments: {} },
      { tool: 'link', arguments: {} },
      { tool: 'fail', arguments: { why: 'no wind' } },
      { tool: 'load', arguments: { boxes: 3 } },
    ],
  },
];
