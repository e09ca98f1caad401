import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** An authority that gives timestamps: OpenSSL's own, with keys that are made here. */
export interface TimestampAuthority {
  /** PEM files: what is pinned. */
  readonly root: string;
  readonly rootPem: string;
  answer(query: Uint8Array): Buffer;
  /** Whether OpenSSL says that the answer in this file is over the bytes in that one. */
  accepts(answer: string, data: string): boolean;
}

/** Says why not, where it cannot be asked. */
export function opensslMissing(): string | undefined {
  const { status, error } = spawnSync('openssl', ['version']);
  return status === 0 ? undefined : (error?.message ?? 'it does not run');
}

const policy = '1.2.3.4.1';

/** `rsa`, or a curve. */
export function newTimestampAuthority(folder: string, key = 'P-256'): TimestampAuthority {
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: 'pipe' });
  const newKey = (name: string) =>
    key === 'rsa'
      ? openssl(
          'genpkey',
          '-algorithm',
          'RSA',
          '-pkeyopt',
          'rsa_keygen_bits:2048',
          '-out',
          at(name),
        )
      : openssl(
          'genpkey',
          '-algorithm',
          'EC',
          '-pkeyopt',
          `ec_paramgen_curve:${key}`,
          '-out',
          at(name),
        );
  newKey('root.key');
  newKey('tsa.key');
  writeFileSync(at('conf'), configuration(at));
  const own = ['-config', at('conf')];
  const days = ['-days', '30'];
  openssl(
    'req',
    '-x509',
    '-new',
    ...own,
    '-key',
    at('root.key'),
    '-subj',
    '/CN=a root of tests',
    ...days,
    '-extensions',
    'ca',
    '-out',
    at('root.pem'),
  );
  openssl(
    'req',
    '-new',
    ...own,
    '-key',
    at('tsa.key'),
    '-subj',
    '/CN=timestamps of tests',
    '-out',
    at('tsa.csr'),
  );
  openssl(
    'x509',
    '-req',
    '-in',
    at('tsa.csr'),
    '-CA',
    at('root.pem'),
    '-CAkey',
    at('root.key'),
    '-CAcreateserial',
    ...days,
    '-extfile',
    at('conf'),
    '-extensions',
    'tsa_cert',
    '-out',
    at('tsa.pem'),
  );
  writeFileSync(at('serial'), '01');
  return {
    root: at('root.pem'),
    rootPem: readFileSync(at('root.pem'), 'utf8'),
    answer(query) {
      const file = at(randomUUID());
      writeFileSync(file, query);
      openssl('ts', '-reply', ...own, '-queryfile', file, '-out', `${file}.tsr`);
      const bytes = readFileSync(`${file}.tsr`);
      rmSync(file);
      rmSync(`${file}.tsr`);
      return bytes;
    },
    accepts(answer, data) {
      const words = ['ts', '-verify', '-in', answer, '-data', data, '-CAfile', at('root.pem')];
      return spawnSync('openssl', words).status === 0;
    },
  };
}

function configuration(at: (name: string) => string): string {
  return `
[req]
distinguished_name = name
prompt = no
[name]
CN = nobody
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[tsa_cert]
extendedKeyUsage = critical, timeStamping
keyUsage = critical, digitalSignature
[tsa]
default_tsa = own
[own]
serial = ${at('serial')}
signer_cert = ${at('tsa.pem')}
signer_key = ${at('tsa.key')}
certs = ${at('root.pem')}
signer_digest = sha256
default_policy = ${policy}
other_policies = 1.2.3.4.2
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
`;
}

export interface TimestampServer {
  readonly url: string;
  /** What it answers instead; undefined while it is honest. */
  answer: ((query: Buffer) => { readonly status: number; readonly body: Uint8Array }) | undefined;
  stop(): Promise<void>;
}

/** It over HTTP (RFC 3161, 3.4). */
export async function serveTimestamps(authority: TimestampAuthority): Promise<TimestampServer> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const query = Buffer.concat(parts);
      const { status, body } = own.answer?.(query) ?? {
        status: 200,
        body: authority.answer(query),
      };
      response.writeHead(status, { 'content-type': 'application/timestamp-reply' });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const own: TimestampServer = {
    url: `http://127.0.0.1:${port}/tsr`,
    answer: undefined,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return own;
}
