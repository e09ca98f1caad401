import type { JsonObject } from '#kernel/json/value.ts';
import { library } from './yaml-library.ts';

/** A text that a block shows as it is: no line that ends in a space, and nothing but what every editor shows. */
const plainLines = /^[!-~](?:[ -~]*[!-~])?(?:\n(?:[ -~]*[!-~])?)*\n?$/;

/** A document as a file. INVARIANT: `readYaml` reads exactly this back. */
export function documentText(document: {
  readonly kind: string;
  readonly name: string;
  readonly spec: JsonObject;
}): string {
  const { kind, name, spec } = document;
  return yamlText({ kind, name, spec });
}

/** Any value. Whatever is no plain word is quoted as JSON quotes it, or stands in a block of plain lines. */
export function yamlText(value: JsonObject): string {
  const { Document, isScalar, visit } = library();
  const yaml = new Document(value, {
    version: '1.2',
    schema: 'core',
    aliasDuplicateObjects: false,
  });
  visit(yaml, {
    Scalar(key, node) {
      if (!isScalar(node) || typeof node.value !== 'string') return;
      const isBlock = key !== 'key' && node.value.includes('\n') && plainLines.test(node.value);
      if (isBlock) node.type = 'BLOCK_LITERAL';
      else if (!plainWord.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return yaml.toString({ lineWidth: 0, doubleQuotedAsJSON: true });
}

/** What YAML reads as a text and as no other thing, nor ever hides a character. */
const plainWord = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[a-z][a-z0-9_/-]*$/i;
