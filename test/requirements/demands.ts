import type { Clause } from './clauses.ts';

/**
 * Demands of norms (`D-…`) and of systems outside (`SYS-…`) that the log answers, taken apart as `clauses.ts` does.
 * They are no requirements of the 265; each row holds in the same way.
 */
const proved = (clause: string, test: string): Clause => ({ clause, test });
const missing = (clause: string, why: string): Clause => ({ clause, missing: why });

export const demands: Readonly<Record<string, readonly Clause[]>> = {
  'D-03': [
    proved(
      'a chain of steps is gated by the worst of them, also over agents',
      'is gated by its worst step: what one read and another one does waits as if one did both',
    ),
    proved(
      'also where a step went through something that was written and read back',
      'in the task of another agent at another gateway, under any spelling, with where it came from',
    ),
  ],
  'D-08': [
    proved(
      'what a call brings is looked at before it is told, on record',
      'what looks odd in a stranger’s text is on record and counted, and decides nothing',
    ),
    missing(
      'what lists of tools say is looked at as results are',
      'definitions are pinned and shown to a person; they are not looked at for signals',
    ),
  ],
  'D-11': [
    proved(
      'labels go along to what is written and read back',
      'in the task of another agent at another gateway, under any spelling, with where it came from',
    ),
    proved(
      'what was told of a call is told of it again',
      'never falls: whatever else is read and sent, what was told of a call is told of it again',
    ),
    missing(
      'embeddings and caches of servers carry labels',
      'only where a document names them as things (`flow.objects`)',
    ),
  ],
  'D-12': [
    proved(
      'what is written to a memory carries the source of what its task had read',
      'gives a thing back with what its writers carried, and by what they had come to it',
    ),
    missing(
      'a write is refused for its source',
      'policy decides by labels; no rule speaks of memories',
    ),
    missing('contradictions alert', 'what stood there before is not compared'),
  ],
  'D-14': [
    proved(
      'where audit writing fails, what it was for does not happen',
      'refuses when the journal cannot take the record, so that nothing happens unrecorded',
    ),
    proved(
      'that is told: how many, of which types, why and when, as soon as there is room',
      'are on record by their number, types, reasons and times as soon as there is room',
    ),
    proved('also at a stop', 'are on record at a stop, also where that was just tried'),
    proved(
      'a number that is missing is explained by it and by nothing else',
      'a number whose record was refused is told as that, by a gap of that tenant and time',
    ),
    missing(
      'an alert goes out by itself',
      'the disk is red in status and in metrics; no rule of alerts ships with it',
    ),
  ],
  'D-15': [
    proved(
      'a clock that was set is told by name',
      'a clock that was set, and gateways that do not tell the time of control',
    ),
    proved(
      'what ends by time does not live longer for it',
      'a clock that only goes forward, whatever the machine`s does',
    ),
    proved(
      'skew of gateways is recorded',
      'show by how much the clocks of two gateways differ from that of control',
    ),
    proved('skew against a time that others sign is told', 'say by how much the clock here is off'),
    proved('ids do not go back with the clock', 'never go back, though the clock does'),
    proved(
      'order does not depend on the wall clock: numbers go on, whatever it says',
      'begin a life after every one of the life before, whatever the clock says',
    ),
    missing(
      'the time source is named',
      'whether and by which server the machine is set is not asked of it',
    ),
  ],
  'D-16': [
    proved(
      'bodies are under a key of their subject, and readable by no one after it went',
      'is revealed with its commitment, which proves the words, and goes with the key',
    ),
    proved(
      'what a server says in an error is sealed',
      'is told to the agent, and sealed with its record under the key of whose call it is',
    ),
    proved(
      'a name that a caller made up stands in no leaf',
      'stands in no leaf, and is sealed with the refusal',
    ),
    proved('nor a method', '%s is written %s: what a caller made up is not'),
    proved(
      'nor what a caller called an argument',
      'names the argument to the caller, and to no record',
    ),
    missing(
      'customers say what is sensitive in a log',
      'patterns of secrets are built in; reasons that people type, and names of people, are plain',
    ),
  ],
  'D-17': [
    proved(
      'reading and exporting are on record with what was asked',
      'are answered to an auditor, and are themselves on record with what was asked',
    ),
    proved(
      'a reveal is on record before it',
      'is shown to the role privacy, and who looked, at what and what for is on record',
    ),
    proved(
      'nothing is told while that cannot be recorded',
      'is not told while nothing can be recorded, nor to another tenant',
    ),
  ],
  'SYS-041': [
    proved(
      'heads stand in a log as Rekor v2, once their place in it is proved',
      'stand beside the log, once their place in it is proved, and the next life knows them',
    ),
    proved(
      'another log counts for nothing, and is red',
      'are not kept, and it is said in red, when another log answers',
    ),
    proved(
      'an inclusion proof is verified offline',
      'is told, with its place in the log that is pinned',
    ),
    proved(
      'by the code of Sigstore as well',
      'is accepted by the code of Sigstore as well, and refused over other bytes',
    ),
    missing(
      'against Rekor itself',
      'met as a server of our own by its documentation alone; v1 with its SET is not read',
    ),
  ],
  'SYS-069': [
    proved(
      'a mail at a local SMTP sink',
      'waits, and a mail arrives with a link and nothing of what it is',
    ),
  ],
  'SYS-071': [
    proved('records as OTLP logs', 'carry the record whole, with its trace where it has one'),
    proved('spans by OTLP', 'are sent as JSON with the credential of the file'),
    proved(
      'trace context through MCP, over three agents',
      'goes from the prompt through three agents to the backend, without an orphan',
    ),
    missing('OTLP is taken in', 'nothing here receives OTLP'),
  ],
  'SYS-074': [
    missing(
      'an optional sink without personal data',
      'there is no sink for Sentry: nothing is sent there, so nothing of it counts as audit',
    ),
  ],
  'SYS-075': [
    proved(
      'rsyslog of Debian receives every record whole (in the soak)',
      'reads every record whole: rsyslog over TLS, with hostile text and the longest record',
    ),
    proved(
      'no text of a record passes for a field or a line',
      'lets no text begin a field, end the line, or pass for another one',
    ),
    proved(
      'nothing is lost while the receiver is away',
      'holds one batch and loses nothing while the receiver is away for an hour under load',
    ),
    proved(
      'OCSF by its own schema',
      'are of the class that their type says, with what was asked, decided and done',
    ),
    missing(
      'against Splunk itself',
      'HEC was met as a server of our own by its documentation alone',
    ),
  ],
  'SYS-095': [
    proved(
      'erasure of a subject, with proofs intact',
      'is so for good: nothing opens, every proof holds, and the tombstone names no one',
    ),
    proved(
      'what was erased is in no backup made after',
      'has neither their words nor the key of them; one from before has the key, wrapped',
    ),
    missing(
      'residency and minimisation packs',
      'no document bounds regions, and none of the packs is there',
    ),
  ],
  'SYS-097': [
    proved(
      'the profile of six years, and what it rests on',
      'has the named profiles with their periods and what they rest on',
    ),
    missing('detection of health data', 'the inspector knows secrets, and no health data'),
    missing('a mapping of 164.312', 'no page maps its paragraphs to requirements'),
  ],
  'SYS-098': [
    proved(
      'the profile of seven years',
      'has the named profiles with their periods and what they rest on',
    ),
    proved(
      'who changed what, with whose yes',
      'are answered to an auditor, and are themselves on record with what was asked',
    ),
    missing(
      'change-control evidence as a report',
      'changes of documents are records; no report puts them together',
    ),
  ],
  'SYS-099': [
    proved(
      'twelve months, three of them at hand',
      'online ends once an archive is bound to keep the records, and not before',
    ),
    missing(
      'masking of card numbers',
      'arguments and answers are in no export; what people type as a reason is exported as it is',
    ),
    missing('a mapping of requirements 7, 8 and 10', 'no page maps them'),
  ],
  'SYS-100': [
    proved(
      'seven and six years',
      'has the named profiles with their periods and what they rest on',
    ),
    proved(
      'kept over eight years of a clock',
      'is as the documents say, over eight years: nothing goes early, what is over goes with evidence',
    ),
  ],
};
