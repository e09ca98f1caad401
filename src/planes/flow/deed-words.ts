/**
 * By which words people ask for a deed, in English, German, French, Spanish, Italian, Dutch and Portuguese. One kind a line: words
 * that a document names a deed by, then stems and phrases of people; `..` stands for up to six words between. INVARIANT: a word
 * that names two kinds stands in neither, but for a stem that the document itself has.
 */
const lines = `
send mail email write tell inform message notify say announce reply answer respond post ask text
  : let .. know|get back to|give .. a heads up|drop .. a line|reach out to|schick|sende|schreib|informier|benachrichtig|antwort|beantwort
  |teile .. mit|gib .. bescheid|sag|envoie|envoye|envoyer|écris|écrire|écrivez|dis|dites|préviens|prévenez|répond|transmets|fais savoir
  |envía|envíe|envia|enviar|manda|mande|escrib|dile|dígale|avisa|avise|notifi|contest|responde|responda|comuni|hazle saber|invia|scriv
  |rispond|avvisa|fai sapere|stuur|verstuur|schrijf|vertel|informeer|beantwoord|laat .. weten|escreva|escreve|envie
forward : pass .. on|weiterleit|leite .. weiter|reenvía|reenvíe|reenviar|inoltra|stuur .. door|doorstur|encaminh
pay transfer settle wire remit
  : bezahl|zahle|zahlt|überweis|begleich|paie|paye|payer|payez|règle|régler|vire|virer|paga|pague|pagar|transfiere|transfiera|abona
  |versa|bonifica|salda|betaal|maak .. over|transfira
refund reimburse return : give .. back|pay .. back|erstatte|zurückzahl|rembours|reembols|devuelv|rimbors|vergoed|terugbeta
delete remove erase drop destroy terminate discard purge wipe
  : get rid of|throw .. away|throw .. out|take .. down|kill|lösch|entfern|wirf .. weg|supprim|efface|enlève|elimin|borra|borre|quita
  |cancella|rimuov|verwijder|gooi .. weg|remova|exclua
stop halt shut pause : shut .. down|turn .. off|switch .. off|power .. off|stopp|fahr .. herunter|schalt .. ab|schalt .. aus|arrêt|éteins
  |detén|detener|ferma|spegni|arresta|zet .. uit|deslig
start restart reboot : bring .. up|turn .. on|switch .. on|boot|start .. neu|neustart|redémarr|reinici|riavvi|herstart
book reserve schedule plan arrange invite
  : put .. diary|put .. calendar|set up .. meeting|set up .. call|pencil .. in|fix .. meeting|buch|reservier|trag .. ein|vereinbar
  |lade .. ein|lad .. ein|réserv|planif|organis|convoque|reserva|reserve|programa|agenda|agende|convoca|prenot|fissa|pianific|invita|boek
  |reserveer|nodig .. uit|zet .. agenda|marque|convid
cancel : call .. off|stornier|sag .. ab|abbestell|kündig|annul|cancela|cancele|anula|anule|disdici|annuleer|zeg .. af
close resolve : mark .. done|mark .. resolved|mark .. closed|mark .. solved|schließ|schliess|erledig|ferme|clôtur|résou|cierr|resuelv|chiud|risolv|sluit
  |feche|encerr
open unlock : let .. in|let .. through|open .. up|öffne|sperr .. auf|ouvre|ouvrir|déverrouill|abre|abra|desbloque|apri|sblocc|ontgrendel
change set update modify alter adjust edit correct enter
  : bump|änder|aktualisier|setz|stell .. um|trag .. ein|korrigier|modifi|mets .. à|mettez .. à|corrig|cambia|cambie|pon|ponga|actualic|actualiz
  |imposta|aggiorn|wijzig|verander|zet|pas .. aan|werk .. bij|altere|atualiz|defina
raise increase : bump .. up|give .. raise|erhöh|heb .. an|augment|aument|sube|suba|verhoog
lower decrease reduce : bring .. down|senk|verringer|rédui|baisse|reduc|baja|baje|riduc|abbass|verlaag
move rebook shift reschedule postpone : push .. back|push .. to|put .. off|bring .. forward|verschieb|verleg|umbuch|déplac|report|décal|muev|aplaz|pospon
  |spost|rinvi|verplaats|verzet|mova|adie
create add make : set up|file .. ticket|raise .. ticket|leg .. an|erstell|anleg|füg .. hinzu|crée|créer|créez|ajout|crea|cree|añad|agreg|aggiung|maak
  |voeg .. toe|crie|adicion
save store keep note remember record : collect|gather|write .. down|jot .. down|put .. down|take .. note|speicher|notier|schreib .. auf|merk|leg .. ab|enregistr|sauvegard
  |anota|anote|apunt|guarda|guarde|salva|annota|bewaar|noteer|sla .. op
share : give .. access|let .. see|let .. read|let .. view|freigeb|gib .. frei|teile .. mit|partag|comparte|comparta|compartir|condivid|deel|compartilh
grant give allow assign : gewähr|erteil|weis .. zu|zuweis|gib|accord|attribu|assign|donne|conced|otorg|asign|assegn|geef|verleen|wijs .. toe|conceda
approve accept confirm : sign off|green-light|genehmig|bewillig|bestätig|approuv|valide|accepte|aprueb|apruebe|acepta|acepte|approv|accett|keur .. goed|aprov|aceit
reject decline deny : turn .. down|say no to|ablehn|lehn .. ab|rejet|rechaz|rifiut|wijs .. af|rejeit
order buy purchase get : pick up|bestell|kauf|besorg|command|achèt|achet|pide|pida|compra|compre|encarg|ordin|bestel|koop|encomend
merge : zusammenführ|fusion
deploy release roll ship publish : roll .. out|put .. live|push .. live|ausroll|déploi|déploy|desplieg|veröffentlich|publie|publica|pubblic|publiceer
run execute trigger : kick .. off|führ .. aus|lance|lancez|ejecut|esegu|voer .. uit
archive : archivier|archiv|arquiv
rename : umbenenn|benenn .. um|renomm|renombr|rinomin|hernoem|renome
copy duplicate : kopier|copie|copia|kopieer
disable deactivate block lock suspend revoke : sperr|deaktivier|désactiv|bloqu|desactiv|disattiv|blocc|blokkeer|desativ
enable activate : schalt .. frei|aktivier|activ|attiv|ativ
reset : setz .. zurück|zurücksetz|réinitialis|restablec|reimpost|redefin
fetch visit look check probe browse : go to|have a look|look .. up|find out|schau|prüf|ruf .. auf|regard|vérifi|consult|mira|comprueb|controlla|kijk|bekijk|controleer
`;

interface Kind {
  readonly deeds: ReadonlySet<string>;
  readonly stems: readonly string[];
  readonly phrases: readonly RegExp[];
}

const gap = String.raw`(?:[^\s]+\s+){0,6}?`;
/** What is let known to whoever asks is an answer, and no deed. */
const notToMe = String.raw`(?!(?:me|us|mir|uns|moi|nous|mij|ons)(?![\p{L}\p{N}]))`;

function phraseOf(words: string): RegExp {
  const pattern = words
    .split(' ')
    .map((word) => (word === '..' ? `${notToMe}${gap}` : `${word}\\s+`))
    .join('')
    .replace(/\\s\+$/, '');
  return new RegExp(String.raw`(?<![\p{L}\p{N}])${pattern}(?![\p{L}\p{N}])`, 'u');
}

const kinds: readonly Kind[] = lines
  .trim()
  .split(/\n(?! )/)
  .map((line) => {
    const [deeds = '', said = ''] = line.replace(/\s+/g, ' ').split(' : ');
    const all = said.split('|').map((word) => word.trim());
    return {
      deeds: new Set(deeds.trim().split(' ')),
      stems: all.filter((word) => !word.includes(' ')),
      phrases: all.filter((word) => word.includes(' ')).map(phraseOf),
    };
  });

/** Words and phrases for what a document calls by these. */
export interface DeedWords {
  readonly deeds: readonly string[];
  readonly stems: readonly string[];
  readonly phrases: readonly RegExp[];
}

export function wordsForDeeds(deeds: readonly string[]): DeedWords {
  const of = kinds.filter((kind) => deeds.some((deed) => kind.deeds.has(deed)));
  return {
    deeds: [...new Set([...deeds, ...of.flatMap((kind) => [...kind.deeds])])],
    stems: of.flatMap(({ stems }) => stems),
    phrases: of.flatMap(({ phrases }) => phrases),
  };
}
