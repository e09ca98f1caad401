/** Ways in which a program writes a text. */
export const encodings: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  'JSON text': (text) => JSON.stringify(text),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)),
  'JSON with escaped slashes': (text) => JSON.stringify(text).replaceAll('/', '\\/'),
  'JSON in ASCII': (text) => JSON.stringify(text).replaceAll('ü', '\\u00fc'),
  URL: (text) => encodeURIComponent(text),
  'URL in lower case': (text) =>
    encodeURIComponent(text).replace(/%../g, (one) => one.toLowerCase()),
  form: (text) => new URLSearchParams({ text }).toString().slice(5),
  HTML: (text) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;'),
  hex: (text) => Buffer.from(text).toString('hex'),
  HEX: (text) => Buffer.from(text).toString('hex').toUpperCase(),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
};

const pairs = (text: string): string[] => Buffer.from(text).toString('hex').match(/../g) ?? [];
const letters = (line: Buffer): string => line.toString('latin1').replace(/[^ -~]/g, '.');
const dumpOf = (text: string, line: (bytes: Buffer, offset: string) => string): string => {
  const bytes = Buffer.from(text);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    lines.push(line(bytes.subarray(at, at + 16), at.toString(16).padStart(8, '0')));
  }
  return lines.join('\n');
};
const words = (bytes: Buffer): string => bytes.toString('hex').replace(/.{4}/g, '$& ').trimEnd();
const wrapped = (text: string, width: number, end: string): string =>
  (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join(end);
const units = (text: string): string[] =>
  Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0'));

/** Ways to say the same that are made to be read by a program, or by somebody patient. */
export const disguises: Readonly<Record<string, (text: string) => string>> = {
  'base64 in lines': (text) => wrapped(Buffer.from(text).toString('base64'), 8, '\n'),
  'base64 in lines of mail': (text) => wrapped(Buffer.from(text).toString('base64'), 12, '\r\n '),
  'base64 in lines, in JSON': (text) =>
    JSON.stringify(wrapped(Buffer.from(text).toString('base64'), 8, '\n')),
  'base64, wholly escaped for a URL': (text) =>
    pairs(Buffer.from(text).toString('base64'))
      .map((pair) => `%${pair}`)
      .join(''),
  'a printed buffer': (text) => JSON.stringify([...Buffer.from(text)]),
  'bytes in lines': (text) => [...Buffer.from(text)].join(',\n  '),
  'bytes with spaces': (text) => [...Buffer.from(text)].join(' '),
  'UTF-16 as base64': (text) => Buffer.from(text, 'utf16le').toString('base64'),
  'UTF-16 as hex': (text) => Buffer.from(text, 'utf16le').toString('hex'),
  'hex with spaces': (text) => pairs(text).join(' '),
  'hex with colons': (text) => pairs(text).join(':').toUpperCase(),
  'hex as an array': (text) =>
    `[${pairs(text)
      .map((pair) => `0x${pair}`)
      .join(', ')}]`,
  'hex in lines (xxd -p)': (text) => wrapped(Buffer.from(text).toString('hex'), 20, '\n'),
  'a dump of xxd': (text) =>
    dumpOf(text, (line, at) => `${at}: ${words(line).padEnd(39)}  ${letters(line)}`),
  'a dump of hexdump -C': (text) =>
    dumpOf(text, (line, at) => {
      const bytes = line.toString('hex').match(/../g) ?? [];
      const halves = `${bytes.slice(0, 8).join(' ')}  ${bytes.slice(8).join(' ')}`;
      return `${at}  ${halves.padEnd(50)}|${letters(line)}|`;
    }),
  'a dump of hexdump': (text) =>
    dumpOf(text, (line, at) => {
      const even = line.length % 2 === 0 ? line : Buffer.concat([line, Buffer.alloc(1)]);
      return `${at.slice(1)} ${words(Buffer.from(even).swap16())}`;
    }),
  'wholly escaped for JSON': (text) =>
    units(text)
      .map((unit) => `\\u${unit}`)
      .join(''),
  'wholly escaped for JSON in JSON': (text) =>
    JSON.stringify(
      units(text)
        .map((unit) => `\\u${unit.toUpperCase()}`)
        .join(''),
    ),
  'wholly escaped for a shell': (text) =>
    pairs(text)
      .map((pair) => `\\x${pair}`)
      .join(''),
  'wholly escaped for a URL': (text) =>
    pairs(text)
      .map((pair) => `%${pair}`)
      .join(''),
  'wholly escaped for a URL, twice': (text) =>
    pairs(text)
      .map((pair) => `%25${pair}`)
      .join(''),
  'wholly escaped for HTML': (text) =>
    Array.from(text, (one) => `&#${one.codePointAt(0)};`).join(''),
};
