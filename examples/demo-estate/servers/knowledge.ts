import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { estateVersion, found, problem } from './answer.ts';

/** The handbook of Harbour & Lane: a folder of articles, each a Markdown file. */
const [folder = ''] = process.argv.slice(2);
const articles = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .sort()
    .map((file) => [file.slice(0, -3), readFileSync(join(folder, file), 'utf8')]),
);

serveStdio(() => {
  const server = new McpServer({ name: 'harbour-lane-knowledge', version: estateVersion });
  server.registerTool(
    'search_articles',
    {
      description: 'Finds articles of the handbook that contain all the words.',
      inputSchema: z.object({ words: z.string().min(2).max(200) }),
      annotations: { readOnlyHint: true },
    },
    ({ words }) => {
      const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
      const hits = [...articles].filter(([, text]) =>
        wanted.every((word) => text.toLowerCase().includes(word)),
      );
      return found(hits.map(([article, text]) => ({ article, title: titleOf(text) })));
    },
  );
  server.registerTool(
    'get_article',
    {
      description: 'Shows one article of the handbook.',
      inputSchema: z.object({ article: z.string().regex(/^[a-z0-9-]{1,64}$/) }),
      annotations: { readOnlyHint: true },
    },
    ({ article }) => {
      const text = articles.get(article);
      return text === undefined
        ? problem(`there is no article ${article}`)
        : { content: [{ type: 'text', text }] };
    },
  );
  return server;
});

function titleOf(text: string): string {
  return text.slice(0, text.indexOf('\n')).replace(/^#\s*/, '');
}
