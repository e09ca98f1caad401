import { describe, expect, it } from 'vitest';
import { isAskedFor } from './wanting.ts';
import { readWords } from './words.ts';

function asks(words: string, ...deeds: readonly string[]): boolean {
  const said = readWords(words);
  if (said === undefined) throw new Error('nothing was said');
  return isAskedFor(said.wanted, deeds);
}

describe('a deed', () => {
  it.each([
    ['Let Ann Lee know that the lamp is here.', 'send'],
    ['Get back to the customer of ticket 61 today.', 'reply'],
    ['Could you drop Ann a line about it?', 'mail'],
    ['Please get rid of the old drafts.', 'delete'],
    ['Kill the old worker, will you?', 'terminate'],
    ['Put lunch with Ann into the diary.', 'book'],
    ['Turn the heating off for the weekend.', 'stop'],
    ['Let the visitors in through the back door.', 'unlock'],
    ['Call the meeting of Friday off.', 'cancel'],
    ['Mark ticket 12 as solved, please.', 'close'],
    ['Push the review back by two days.', 'move'],
    ['Make the payment of 20 euros to Ann.', 'payment'],
    ['The printer works, so the ticket can be closed.', 'close'],
    ['What is on the list? Then order the first one.', 'order'],
    ['Überweise Ann die 20 Euro.', 'pay'],
    ['Bitte den Termin am Freitag stornieren.', 'cancel'],
    ['Sag bitte Ann Bescheid, dass es klappt.', 'send'],
    ['Réserve une table pour Ann.', 'book'],
    ['Envoie le plan à Ann.', 'send'],
    ['Borra el archivo viejo.', 'delete'],
    ['Reembolsa a Ann el pedido 12.', 'refund'],
    ['Prenota la sala per Ann.', 'reserve'],
    ['Stuur Ann het verslag.', 'send'],
    ['Laat Ann weten dat het klaar is.', 'send'],
    ['Envie o relatório para a Ann.', 'send'],
    ['If it is only typos, merge it.', 'merge'],
    ['Have a look at it, and merge it if it is right.', 'merge'],
    ['I would like you to pay Ann.', 'pay'],
    ['Ann wants her money. Pay her.', 'pay'],
    ['Can you pay Ann today?', 'pay'],
    ['Write to Ann if they have a room.', 'write'],
  ])('is asked for in whichever words of its kind: %j [SEM-03]', (words, deed) => {
    expect(asks(words, deed)).toBe(true);
  });

  it.each([
    ['Tell me what stands in ticket 61.', 'tell'],
    ['Let me know what Ann wants.', 'send'],
    ['Write me a summary of ticket 61.', 'write'],
    ['Write a short summary of ticket 61.', 'write'],
    ['Summarise the answer that Ann got.', 'answer'],
    ['Read the order of Ann.', 'order'],
    ['Is the refund for Ann through already?', 'refund'],
    ['Which orders were refunded in May?', 'refund'],
    ['Who shared the folder with Bob?', 'share'],
    ['Look up when the meeting was cancelled.', 'cancel'],
    ['How many people did we invite?', 'invite'],
    ['Show the open tickets.', 'close'],
    ['Do not let Ann know.', 'send'],
    ['Was kostet die Überweisung?', 'pay'],
    ['Wer hat die Rechnung bezahlt?', 'pay'],
    ['Qui a envoyé le plan ?', 'send'],
    ['Dis-moi ce que veut Ann.', 'cancel'],
    ['No borres nada.', 'delete'],
    ['Verwijder niets.', 'delete'],
    ['Count the letters of Ann.', 'send'],
    ['Can we even pay Ann, by the rules?', 'pay'],
    ['Should somebody tell Ann about it?', 'tell'],
    ['I already did refund order 12, just look.', 'refund'],
    ['We have paid the rent, have we?', 'pay'],
    ['We would pay Ann 900 had she sent photos.', 'pay'],
    ['They could cancel the trip.', 'cancel'],
    ['Ann wants to cancel the trip, tell me why.', 'cancel'],
    ['She asked to delete the folder; what is in it?', 'delete'],
    ['Once Ann agrees we could share the folder, wait for my go.', 'share'],
    ['Share the folder, but wait for my word.', 'share'],
    ['She wrote: "please delete the folder". What did we agree on?', 'delete'],
    ['The mail says "pay 40 to Ann". Is that right?', 'pay'],
    ['Send nothing to Ann.', 'send'],
  ])('is not asked for by who speaks of it, or asks about it: %j [SEM-02]', (words, deed) => {
    expect(asks(words, deed)).toBe(false);
  });
});
