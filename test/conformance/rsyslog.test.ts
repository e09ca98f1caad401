import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syslogSink } from '#adapters/event-sink/syslog/index.ts';
import { exportedRecord } from '#contracts/event-sink.suite.ts';
import type { SinkParts } from '#contracts/event-sink.ts';

/** As Debian has it, taken out of its packages and not installed. */
const packages = ['rsyslog', 'rsyslog-openssl', 'libestr0', 'libfastjson4'];

let folder = '';
let server: ChildProcess | undefined;
const at = (...parts: string[]) => join(folder, ...parts);

function certificate(): void {
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
    ].concat(['-addext', 'subjectAltName=DNS:localhost', '-keyout', at('key'), '-out', at('cert')]),
    { stdio: 'ignore' },
  );
}

const configuration = () => `
global(workDirectory="${folder}" maxMessageSize="128k" DefaultNetstreamDriver="ossl"
  DefaultNetstreamDriverCAFile="${at('cert')}" DefaultNetstreamDriverCertFile="${at('cert')}"
  DefaultNetstreamDriverKeyFile="${at('key')}" parser.escapeControlCharactersOnReceive="off")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
input(type="imtcp" port="0" address="127.0.0.1" listenPortFileName="${at('port')}")
template(name="t" type="list") {
  property(name="pri") constant(value=" ") property(name="app-name") constant(value=" ")
  property(name="msgid") constant(value=" ") property(name="structured-data") constant(value=" ")
  property(name="msg") constant(value="\\n")
}
action(type="omfile" file="${at('out')}" template="t" asyncWriting="off" flushOnTXEnd="on")
`;

async function startRsyslog(): Promise<number> {
  mkdirSync(at('packages'));
  execFileSync('apt-get', ['download', ...packages], { cwd: at('packages'), stdio: 'ignore' });
  for (const file of readdirSync(at('packages'))) {
    execFileSync('dpkg-deb', ['-x', at('packages', file), at('root')]);
  }
  certificate();
  writeFileSync(at('conf'), configuration());
  const [arch = ''] = readdirSync(at('root/usr/lib')).filter((one) => one.endsWith('-linux-gnu'));
  const libraries = at('root/usr/lib', arch);
  server = spawn(
    at('root/usr/sbin/rsyslogd'),
    ['-n', '-f', at('conf'), '-i', at('pid'), '-M', join(libraries, 'rsyslog')],
    { env: { LD_LIBRARY_PATH: `${libraries}:${at('root/lib', arch)}` }, stdio: 'ignore' },
  );
  for (let tries = 0; tries < 100 && !existsSync(at('port')); tries += 1) await sleep(100);
  await sleep(200);
  return Number(readFileSync(at('port'), 'utf8'));
}

/** Whoever asks for strangers has them installed; nobody else waits for it. */
const isAsked = process.env['BAILIWICK_STRANGERS'] !== undefined;

if (!isAsked) {
  it('a syslog server of others is for the soak', () => {
    expect(isAsked).toBe(false);
  });
}

const register = isAsked ? describe : () => undefined;
register('a syslog server of others', () => {
  let port = 0;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bailiwick-rsyslog-'));
    port = await startRsyslog();
  }, 120_000);
  afterAll(() => {
    server?.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  it('reads every record whole: rsyslog over TLS, with hostile text and the longest record [SYS-075]', async () => {
    const sink = syslogSink.open({ host: 'localhost', port, caFile: at('cert') }, {} as SinkParts);
    const signal = new AbortController().signal;
    const long = { ...exportedRecord(500), body: JSON.stringify({ text: 'ü'.repeat(32_000) }) };
    const records = [...Array.from({ length: 500 }, (_, index) => exportedRecord(index)), long];
    for (let from = 0; from < records.length; from += 100) {
      const batch = records.slice(from, from + 100);
      expect(await sink.send(batch, signal)).toEqual({ settled: batch.length, never: [] });
    }
    await sink.close();
    const lines = () => (existsSync(at('out')) ? readFileSync(at('out'), 'utf8').split('\n') : []);
    for (let tries = 0; tries < 100 && lines().length <= records.length; tries += 1)
      await sleep(100);
    const told = lines().filter((line) => line.includes('bailiwick@32473'));
    expect(told).toHaveLength(records.length);
    for (const [index, { key, body, form }] of records.entries()) {
      const data = `[bailiwick@32473 key="${key}" form="${form}"]`;
      expect(told[index]).toBe(`110 bailiwick gateway.noticed ${data} \uFEFF${body}`);
    }
  }, 60_000);
});
