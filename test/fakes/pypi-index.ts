import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { crc32 } from 'node:zlib';

export interface Wheel {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly bytes: Buffer;
  readonly sha256: string;
}

export interface PypiIndex {
  readonly url: string;
  /** What it gives out now. */
  wheels: readonly Wheel[];
  close(): Promise<void>;
}

/** A package of Python with one module, and a program that is called like it where a function is named. */
export function wheelOf(
  name: string,
  version: string,
  source: string,
  { runs, needs }: { readonly runs?: string; readonly needs?: string } = {},
): Wheel {
  const plain = name.replaceAll('-', '_');
  const info = `${plain}-${version}.dist-info`;
  const requires = needs === undefined ? '' : `Requires-Dist: ${needs}\n`;
  const entry = `[console_scripts]\n${name} = ${plain}:${runs ?? 'main'}\n`;
  const files: [string, string][] = [
    [`${plain}/__init__.py`, source],
    [`${info}/METADATA`, `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${requires}`],
    [`${info}/WHEEL`, 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'],
    ...(runs === undefined ? [] : [[`${info}/entry_points.txt`, entry] as [string, string]]),
  ];
  const listed = [...files.map(([path]) => path), `${info}/RECORD`];
  files.push([`${info}/RECORD`, listed.map((path) => `${path},,\n`).join('')]);
  const bytes = zip(files);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name, version, file: `${plain}-${version}-py3-none-any.whl`, bytes, sha256 };
}

export async function startPypiIndex(wheels: readonly Wheel[]): Promise<PypiIndex> {
  const server = createServer(({ url = '' }, response) => {
    const [, kind, what = ''] = url.split('/');
    const own = index.wheels.filter(({ name, file }) =>
      kind === 'files' ? file === what : name === what,
    );
    if (own.length === 0) return void response.writeHead(404).end();
    if (kind === 'files') return void response.end(own[0]?.bytes);
    response.setHeader('content-type', 'text/html');
    const links = own.map(({ file }) => `<a href="/files/${file}">${file}</a>`);
    response.end(`<!DOCTYPE html><html><body>${links.join('')}</body></html>`);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const index: PypiIndex = {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/simple/`,
    wheels,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return index;
}

/** Stored, not compressed. */
function zip(files: readonly (readonly [string, string])[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [path, text] of files) {
    const [name, body] = [Buffer.from(path), Buffer.from(text)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(body), 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(body.length, 18);
    common.writeUInt16LE(name.length, 22);
    const entry = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, name, body]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), common, tail, name]));
    parts.push(entry);
    at += entry.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, listed, Buffer.from('PK\u0005\u0006'), end]);
}
