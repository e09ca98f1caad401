/** 127.0.0.0/8, written out as addresses are. */
const own = /^127(?:\.(?:0|[1-9]\d{0,2})){3}$/;

/** Whether nobody but this machine is met there. A name other than `localhost` may stand for any address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || own.test(host);
}
