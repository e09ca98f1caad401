import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newCapability } from '#kernel/ids.ts';

export type BrowserAnswer =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'no' };

/** A place on this machine where a browser brings one answer. */
export interface AnswerPlace {
  readonly redirectUri: string;
  /** Undefined when nobody came until then. */
  answer(waitMs: number): Promise<BrowserAnswer | undefined>;
  close(): void;
}

const page = (title: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title></head><body><main><h1>${title}</h1><p>This window can be closed.</p></main></body></html>
`;

/** INVARIANT: it hears one address that nobody guesses, on loopback, once, and says nothing of what it heard. */
export async function openAnswerPlace(): Promise<AnswerPlace> {
  const path = `/${newCapability()}`;
  let tell: (answer: BrowserAnswer) => void;
  const told = new Promise<BrowserAnswer>((resolve) => (tell = resolve));
  const server = createServer((request, response) => {
    const answer = answerIn(request, path);
    if (answer === undefined) send(response, 404, 'Nothing is here');
    else {
      send(
        response,
        200,
        answer.kind === 'no' ? 'Nothing was given' : 'Go back to your command line',
      );
      tell(answer);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    redirectUri: `http://127.0.0.1:${port}${path}`,
    answer: (waitMs) => within(told, waitMs),
    close() {
      server.close();
      server.closeIdleConnections();
    },
  };
}

function answerIn({ method, url }: IncomingMessage, path: string): BrowserAnswer | undefined {
  const asked = new URL(url ?? '', 'http://127.0.0.1');
  if (method !== 'GET' || asked.pathname !== path) return undefined;
  const code = asked.searchParams.get('code');
  if (code !== null) return { kind: 'code', code };
  return asked.searchParams.has('error') ? { kind: 'no' } : undefined;
}

function send(response: ServerResponse, status: number, title: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(page(title));
}

function within<T>(promise: Promise<T>, waitMs: number): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), waitMs);
    void promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
