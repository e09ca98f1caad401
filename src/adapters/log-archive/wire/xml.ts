/**
 * What stores of objects answer in XML is flat: elements in elements, without attributes that matter. This reads the
 * inside of elements by their name, in order. INVARIANT: it follows nothing: no entity but the five, no document type.
 */
export function elementsOf(text: string, name: string): readonly string[] {
  const found: string[] = [];
  const open = new RegExp(`<${name}(?:\\s[^<>]*)?(/?)>`, 'gu');
  for (let match = open.exec(text); match !== null; match = open.exec(text)) {
    if (match[1] === '/') {
      found.push('');
      continue;
    }
    const end = text.indexOf(`</${name}>`, open.lastIndex);
    if (end < 0) break;
    found.push(text.slice(open.lastIndex, end));
    open.lastIndex = end;
  }
  return found;
}

/** The text of the first such element; undefined where there is none. */
export function textOf(xml: string, name: string): string | undefined {
  const [first] = elementsOf(xml, name);
  return first === undefined ? undefined : plain(first.trim());
}

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

function plain(text: string): string {
  return text.replace(/&(?:lt|gt|quot|apos|amp);/gu, (one) => entities[one] ?? one);
}
