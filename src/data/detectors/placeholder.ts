/** Text that was meant to be replaced: templates that were not filled in, notes to the author, filler. */
import { withoutCode } from '../code-spans.ts';
import type { Detector } from './detector.ts';
import { firstOf, patternDetector } from './pattern.ts';

const what =
  'insert|your|name|company|customer|client|user|product|model|order|link|url|phone|e-?mail|address|agent|date|time|amount|price|number|id|city|title|placeholder|brand|store|support|ticket|first|last|xx+';

const patterns: readonly (readonly [RegExp, string])[] = [
  [/\blorem ipsum\b|\bdolor sit amet\b/i, 'has filler text'],
  [/\{\{[^{}\n]{1,60}\}\}|\{%[^%\n]{1,60}%\}|\$\{[^{}\n]{1,60}\}|<%[^%\n]{1,60}%>/, 'has a template variable that was not filled in'],
  [new RegExp(`\\{\\s*(?:${what})(?:[ _.-]?\\w+){0,3}\\s*\\}`, 'i'), 'has a template variable that was not filled in'],
  [new RegExp(`\\[\\s*(?:${what})(?:[ _/'’.-]?\\w+){0,6}\\s*\\]`, 'i'), 'has a placeholder in brackets'],
  [new RegExp(`<\\s*(?:${what})(?:[ _/'’.-]?\\w+){0,6}\\s*>`, 'i'), 'has a placeholder in angle brackets'],
  [/\[[A-Z][A-Z_ ]{2,40}\]|<[A-Z][A-Z_ ]{2,40}>|\{[A-Z][A-Z_ ]{2,40}\}/, 'has a placeholder in capitals'],
  [/\b(?:TODO|TBD|TBC|FIXME|XXX+|N\/A yet)\b|\bto be (?:filled in|written|determined|completed later)\b/, 'has a note to the author'],
  [/_{4,}|(?<![\w.])\.{6,}|\?{5,}/, 'has a blank to be filled in'],
  [
    /\b(?:foo ?bar|asdf\w*|qwerty|test ?test|blah blah|placeholder text|sample text|insert (?:text|answer|response|name) here|answer goes here|your text here)\b/i,
    'has filler text',
  ],
  [/%[sd]\b(?!\s*(?:of|off|per))/, 'has a format variable that was not filled in'],
  [/%[A-Z][A-Z_]{2,30}%|@@\w{2,30}@@|<<\s*\w[\w ]{1,30}>>|\$_+|#[A-Z]{3,}\b(?<=X{3,})/, 'has a template variable that was not filled in'],
  [/\((?:insert|add|enter|fill in|put)\b[^()\n]{1,50}\)/i, 'has a note to the author'],
  [/\bx{2,}(?:[-. ]x{2,}){1,3}\b|#X{3,}|\b[Xx]{4,}\b/, 'has a blank to be filled in'],
  [
    /\b(?:XYZ|ABC)[ -](?:Company|Corp(?:oration)?|Inc|Ltd|Store|Electronics|Support|product|Bank)\b|\bthis is a placeholder\b|\bplaceholder (?:answer|response|value)\b/i,
    'has a placeholder',
  ],
  [/\[(?:response|answer|output|text|content|reply|TBD|TODO|N\/A|\.\.\.)\]/i, 'has a placeholder in brackets'],
  [/\b(?:Your )?Company Name\b/, 'has a placeholder'],
  [/[<[{(](?:[^<>[\]{}()\n]{1,40} )?here[>\]})]/i, 'has a placeholder in brackets'],
  [
    /[([{<][^()[\]{}<>\n]{0,30}\b(?:to be|needs to be|must be) (?:completed|filled|written|determined|confirmed|announced|defined|added|decided|provided|updated|replaced|checked|translated)\b/i,
    'has a note to the author',
  ],
  [
    /\b(?:insert|add|put|paste|fill in|include) (?:an? |the |your |some |appropriate |relevant |correct |right )*(?:link|name|text|date|number|price|url|address|image|answer|amount|details|info\w*|example|section|paragraph|figure|logo|title|signature)s?(?: \w+){0,2} here\b/i,
    'has a note to the author',
  ],
  [
    /(?<=[\s$€£])_{2,}(?=[\s.,;:%€]|$)|(?<=\s)-{4,}(?=\s)|\$\s?[X_?]{1,}(?:\.[X_?]{2})?(?=[\s.,]|$)|(?<=\s)[X?]{2,}(?= (?:days?|hours?|dollars?|euros?|percent|%|weeks?|months?|minutes?))/,
    'has a blank to be filled in',
  ],
  [
    /\b(?:NOTE TO (?:SELF|AUTHOR|EDITOR|WRITER|REVIEWER)|note to (?:self|editor|author|reviewer)|draft (?:answer|version|response|only)|do not publish|needs (?:review|a source|citation)|citation needed|check with (?:legal|compliance|marketing|the team)|ask (?:legal|marketing)|work in progress|WIP)\b/,
    'has a note to the author',
  ],
  [
    /\b(?:Hinweis an|TODO|Platzhalter|hier einfügen|noch (?:zu )?ergänzen|wird (?:noch )?ergänzt|à compléter|à remplir|insérer ici|por completar|insertar aquí|da completare|inserire qui)\b/,
    'has a note to the author',
  ],
  [
    /\b(?:PENDIENTE|POR HACER|COMPLETAR|REVISAR|FAIRE|COMPLÉTER|VÉRIFIER|ZU ERLEDIGEN|OFFEN|PRÜFEN|DA FARE|DA COMPLETARE)\s?:/,
    'has a note to the author',
  ],
  [
    /\[[^[\]\n]{0,30}\b(?:name|date|address|number|amount|company|signature|department|location|username)\b[^[\]\n]{0,20}\](?!\()/i,
    'has a placeholder in brackets',
  ],
  [
    /\[(?:Name|Vorname|Nachname|Kunde|Datum|Betrag|Adresse|Nummer|Nom|Prénom|Date|Montant|Adresse|Nombre|Fecha|Importe|Nome|Data|Importo)\]/i,
    'has a placeholder in brackets',
  ],
];

export function placeholder(): Detector {
  return patternDetector({ code: 'placeholder', where: 'answers', find: firstOf(patterns, withoutCode), habit: 0.3 });
}
