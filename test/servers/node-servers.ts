import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { strangerFile } from '../clients/strangers.ts';
import type { ForeignServer } from './server.ts';

const own = createRequire(import.meta.url);
const ownFile = (name: string) => join(own.resolve(`${name}/package.json`), '../dist/index.js');

const node = (file: string, ...args: string[]) => ({
  command: process.execPath,
  args: [file, ...args],
});

/** Servers that `npx` would start, with a folder that they may write in. */
export function nodeServers(folder: string): readonly ForeignServer[] {
  const files = join(folder, 'files');
  mkdirSync(files, { recursive: true });
  writeFileSync(join(files, 'note.txt'), 'the harbour opens at six\n');
  // Asked twice, it has to find the same files.
  writeFileSync(join(files, 'new.txt'), '');
  const note = { path: join(files, 'note.txt') };
  return [
    {
      name: 'everything 2026.8.31',
      connect: node(ownFile('@modelcontextprotocol/server-everything')),
      calls: [
        { tool: 'echo', arguments: { message: 'grüße 👋' } },
        { tool: 'get-sum', arguments: { a: 2, b: 40 } },
        { tool: 'get-structured-content', arguments: { location: 'New York' } },
        { tool: 'get-tiny-image', arguments: {} },
        { tool: 'get-resource-links', arguments: { count: 2 } },
        { tool: 'get-annotated-message', arguments: { messageType: 'error', includeImage: true } },
      ],
    },
    {
      name: 'filesystem 2026.8.31',
      connect: node(ownFile('@modelcontextprotocol/server-filesystem'), files),
      calls: [
        { tool: 'read_text_file', arguments: note },
        { tool: 'list_directory', arguments: { path: files } },
        { tool: 'write_file', arguments: { path: join(files, 'new.txt'), content: 'written' } },
        { tool: 'read_text_file', arguments: { path: '/etc/passwd' } },
        { tool: 'list_allowed_directories', arguments: {} },
      ],
    },
    {
      name: 'memory 2026.8.31',
      connect: {
        ...node(ownFile('@modelcontextprotocol/server-memory')),
        environment: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
      },
      calls: [
        { tool: 'read_graph', arguments: {} },
        { tool: 'search_nodes', arguments: { query: 'harbour' } },
      ],
    },
    {
      name: 'sequential-thinking 2026.8.31',
      connect: node(
        strangerFile('@modelcontextprotocol/server-sequential-thinking', 'dist/index.js'),
      ),
      calls: [
        {
          tool: 'sequentialthinking',
          arguments: {
            thought: 'one',
            nextThoughtNeeded: true,
            thoughtNumber: 1,
            totalThoughts: 2,
          },
          // It counts the thoughts of its process.
          differs: true,
        },
      ],
    },
  ];
}
