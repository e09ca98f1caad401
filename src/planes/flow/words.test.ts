import { describe, expect, it } from 'vitest';
import { asksFor, readWords, says } from './words.ts';

function wanted(text: string) {
  const words = readWords(text);
  if (words === undefined) throw new Error('nothing was said');
  return words.wanted;
}

describe('what a user says', () => {
  it.each([
    ['Send it to ann@corp.example.', 'ann@corp.example', true],
    ['Send it to ann@corp.example.', 'corp.example', false],
    ['Send it to joann@corp.example', 'ann@corp.example', false],
    ['Delete /etc/cron.d/job now', '/etc/cron.d/job', true],
    ['Delete /etc/cron.d/job now', 'job', false],
    ['Pay 42.50 for it', '42', false],
    ['Close ticket 42, please', '42', true],
    ['Close ticket 421', '42', false],
    ['Ask ANNA  Miller', 'Anna Miller', true],
  ])('%j names %j: %j', (text, value, expected) => {
    expect(says(wanted(text), value)).toBe(expected);
  });

  it.each([
    ['Pay Ann, not Bob, and Carol', ['Ann'], ['Bob', 'Carol']],
    ['Do not write to Bob. Write to Ann.', ['Ann'], ['Bob']],
    // What is left of a no is a no: whoever wants it says so.
    ['Write to nobody but Ann', [], ['Ann']],
    ['Do not send it to anybody but Ann', [], ['Ann']],
    ['Do not write to Bob but to Ann', ['Ann'], ['Bob']],
    ['Tell Ann, and Bob must not hear of it', ['Ann'], ['Bob']],
    ['To Bob do not send anything', [], ['Bob']],
    ["Ann gets it; Bob shouldn't", ['Ann'], ['Bob']],
    ['Share it with everybody other than Bob', [], ['Bob']],
    ['Apart from Bob, tell the team', [], ['Bob']],
    ['Pay Ann instead of Bob', ['Ann'], ['Bob']],
    ['Sende es an Ann, keinesfalls an Bob', ['Ann'], ['Bob']],
    ['Schreibe niemandem außer Ann', [], ['Ann']],
    ['Bob darf es nicht bekommen', [], ['Bob']],
    ['Nicht an Bob, sondern an Ann', ['Ann'], ['Bob']],
    ['Schick es Ann statt Bob', ['Ann'], ['Bob']],
    ['Envoie-le à Ann, pas à Bob', ['Ann'], ['Bob']],
    ['N’envoie rien à Bob', [], ['Bob']],
    ['Envoie le plan à Ann mais jamais à Bob', ['Ann'], ['Bob']],
    ['Écris à tout le monde sauf Bob', [], ['Bob']],
    ['Envíalo a Ann, no a Bob', ['Ann'], ['Bob']],
    ['No le digas nada a Bob', [], ['Bob']],
    ['Escribe a todos excepto Bob', [], ['Bob']],
    ['No a Bob sino a Ann', ['Ann'], ['Bob']],
    ['Non inviare il riepilogo a Bob', [], ['Bob']],
    ['Stuur het niet naar Bob', [], ['Bob']],
    ['Отправь отчёт Bob', [], ['Bob']],
    ["Don't tell Bob, tell Carol", [], ['Bob', 'Carol']],
    ['Don’t forget to tell Ann', ['Ann'], []],
    ['Schreibe Ann, aber nicht Bob', ['Ann'], ['Bob']],
    ['Everyone except Bob; and Ann', ['Ann'], ['Bob']],
    ['Pay invoice no. 311 to Ann', ['Ann', '311'], []],
    ['Tell Ann no later than 4 May 2026', ['Ann'], []],
  ])('%j grants what no clause takes back', (text, yes, no) => {
    const words = readWords(text);
    for (const name of yes) expect(words && says(words.wanted, name), name).toBe(true);
    for (const name of no) expect(words && says(words.wanted, name), name).toBe(false);
    for (const name of no) expect(words && says(words.unwanted, name), name).toBe(true);
  });

  it('asks for a deed by the beginning of a word, and not by an end of one', () => {
    expect(asksFor(wanted('She is sending the plan'), ['send'])).toBe(true);
    expect(asksFor(wanted('Resend the plan'), ['send'])).toBe(false);
    expect(asksFor(wanted('Payments are due'), ['pay'])).toBe(false);
  });

  it('refuses for good only the deed right behind a no', () => {
    const forbidden = (text: string, deed: string) =>
      asksFor({ words: readWords(text)?.forbidden ?? new Set() }, [deed]);
    expect(forbidden('Do not send it', 'send')).toBe(true);
    expect(forbidden("Don't ever send it", 'send')).toBe(true);
    expect(forbidden('Do not attach the large file when you send it', 'send')).toBe(false);
    expect(forbidden('Reply without a word about when we send', 'send')).toBe(false);
  });

  it('does not read the digits of an account as amounts', () => {
    const { values } = wanted('Pay 1,250.00 to GB29 NWBK 6016 1331 9268 19 on 4 May 2026');
    expect([...values].toSorted()).toEqual([
      'date 2026-05-04',
      'iban gb29nwbk60161331926819',
      'number 1250',
    ]);
  });
});
