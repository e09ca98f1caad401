import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMembers } from './message.ts';
import { ConnectProblem, usageProblem } from './problem.ts';

/** Where the two programs are, and how requests are proved there. */
export interface Place {
  readonly control: string;
  readonly gateway: URL;
  readonly proof: 'channel' | 'dpop';
  /** The certificate to believe, where no authority vouches for it. */
  readonly ca: string | undefined;
}

export interface Wanted {
  /** The data folder of an instance on this machine. */
  readonly data: string;
  readonly control: string | undefined;
  readonly gateway: string | undefined;
  readonly ca: string | undefined;
  /** One tool server under its own names. */
  readonly server: string | undefined;
}

/** As an identity remembers it: for a start while the instance is not up. */
export interface Known {
  readonly control: string;
  readonly gateway: string;
}

/**
 * What was asked for wins, then what runs on the data folder now, then what was known last. The
 * channel proves the key where the certificate of the gateway can be known; else each request does.
 */
export function findPlace(wanted: Wanted, known: Known | undefined): Place {
  const running = readRunning(wanted.data);
  const control = wanted.control ?? running?.control ?? known?.control;
  const gateway = wanted.gateway ?? running?.gateway ?? known?.gateway;
  if (control === undefined || gateway === undefined) throw nowhere(wanted);
  if (wanted.gateway === undefined && running?.tls !== undefined) {
    return {
      control,
      gateway: addressOf(running.tls.url, wanted.server),
      proof: 'channel',
      ca: running.tls.ca,
    };
  }
  const url = addressOf(gateway, wanted.server);
  const ca = wanted.ca === undefined ? undefined : readCertificate(wanted.ca);
  return { control, gateway: url, proof: url.protocol === 'https:' ? 'channel' : 'dpop', ca };
}

interface Running {
  readonly control: string;
  readonly gateway: string;
  readonly tls: { readonly url: string; readonly ca: string } | undefined;
}

/** Written by the supervisor when it is ready. */
function readRunning(data: string): Running | undefined {
  const place = readFile(join(data, 'run', 'instance.json'));
  const control = place?.['console'];
  const gateway = place?.['gateway'];
  if (typeof control !== 'string' || typeof gateway !== 'string') return undefined;
  const url = place?.['gatewayTls'];
  const ca = place?.['gatewayCertificate'];
  const tls =
    typeof url === 'string' && url !== '' && typeof ca === 'string' && ca !== ''
      ? { url, ca }
      : undefined;
  return { control, gateway, tls };
}

function readFile(path: string): ReturnType<typeof readMembers> {
  try {
    return readMembers(readFileSync(path));
  } catch {
    return undefined;
  }
}

function addressOf(text: string, server: string | undefined): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw usageProblem(`\`${text}\` is no http or https address`);
  }
  if (server !== undefined) url.pathname = `${url.pathname.replace(/\/+$/, '')}/${server}`;
  return url;
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConnectProblem(
      'cli/usage',
      `the certificate ${path} cannot be read`,
      'name a file in PEM',
      cause,
    );
  }
}

function nowhere({ data }: Wanted): ConnectProblem {
  return new ConnectProblem(
    'cli/not-running',
    `nothing runs on the data folder ${data}, and no address is known`,
    'start it with `./bailiwick up`, or name it with --control URL and --gateway URL',
  );
}
