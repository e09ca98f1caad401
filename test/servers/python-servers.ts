import { dirname, join } from 'node:path';
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
  {
    // Its own program of Go, which PyPI carries; without a Grafana it shows its tools and says what it misses.
    name: 'mcp-grafana 2.1.1',
    connect: {
      command: join(dirname(python('second')), 'mcp-grafana'),
      args: [],
      environment: {
        GRAFANA_URL: 'http://127.0.0.1:9',
        GRAFANA_USAGE_STATS: 'disabled',
        DO_NOT_TRACK: '1',
      },
    },
    exceptions: ['grafana_api_request'],
    calls: [
      {
        tool: 'generate_deeplink',
        arguments: { resourceType: 'dashboard', dashboardUid: 'harbour' },
      },
      { tool: 'list_datasources', arguments: {} },
    ],
  },
];
