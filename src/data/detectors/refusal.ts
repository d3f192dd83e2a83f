/** Answers that refuse in the words of a general assistant: what the model should not learn to say unless it is meant. */
import { wordsOf } from '../similarity/normalize.ts';
import type { Detector } from './detector.ts';
import { firstOf, patternDetector } from './pattern.ts';

/** "I can't", "I'm not able to", "I must respectfully decline" and so on. */
const unable =
  "(?:I|we)(?:['’](?:m|re)| am| are)?(?: \\w+){0,2}? ?(?:can(?:no|['’])t|cannot|(?:not able|unable) to|won['’]t(?: be able to)?|will not(?: be able to)?|(?:do not|don['’]t) feel comfortable|not comfortable|(?:must|have to|need to)(?: \\w+)? (?:decline|refuse)|decline|refuse)";
const help =
  '(?:help|assist|provide|offer|give|answer|answering|respond|discuss|comply|fulfil+|process|complete|engage|generate|create|share|do|support)';
/** What a refusal names when it does not say what it is about. */
const vague =
  '(?:that|this|it|such (?:a |an )?\\w+|your (?:request|question|query)|(?:that|this|these|those|any) (?:kind|sort|type|request|topic|question|information|subject|matter|content|query|task|issue)s?)';

/** Refusals that a good answer may hold too, where it goes on to say why and what else there is: they count in short answers. */
const vagueRefusals: readonly RegExp[] = [
  new RegExp(
    `\\b${unable}(?: \\w+){0,2}? ${help}(?: you)?(?: \\w+){0,3}? (?:(?:with|on|to|about|in|regarding|for) )?${vague}\\b(?! (?:from here|for you from))`,
    'i',
  ),
  new RegExp(`\\b${unable} (?:help|assist)(?: you)?(?: with)?(?: (?:here|further))?\\s*[.!,]`, 'i'),
  new RegExp(
    `^\\s*(?:(?:I['’]m |I am )?sorry,? (?:but )?)?${unable} ${help}(?: \\w+){0,4} (?:advice|opinions?|diagnos[ie]s|recommendations?)\\b`,
    'i',
  ),
  /\b(?:falls?|is|are|lies?) (?:outside|beyond)(?: of)? (?:the scope of )?my (?:\w+ )?(?:capabilit(?:y|ies)|scope|abilit(?:y|ies)|expertise|role|remit|training|programming)\b/i,
];

const english: readonly RegExp[] = [
  /\b(?:outside|beyond)(?: of)? (?:the scope of )?my (?:\w+ )?(?:capabilit(?:y|ies)|programming)\b/i,
  new RegExp(
    `\\b(?:sorry|apologi[sz]e|afraid|regret)\\b[^.!?\\n]{0,20}\\bbut\\b[^.!?\\n]{0,30}\\b(?:as an? (?:AI|assistant|language model)|${unable} ${help}(?: you)?(?: with)? ${vague})`,
    'i',
  ),
  /\b(?:(?:does not|doesn['’]t|do not|don['’]t) align|not aligned|conflicts?|incompatible) with (?:my|our) (?:\w+ )?(?:guidelines|values|principles|policies|programming|purpose)\b/i,
  /\b(?:against|violat(?:e|es|ing)|breach(?:es)?|go(?:es)? against)\b[^.!?\n]{0,20}\b(?:my|our|content|usage|safety|ethical) (?:\w+ )?(?:programming|guidelines|polic(?:y|ies)|principles|ethics|rules|values)\b/i,
  /\bmay violate (?:\w+ )?(?:policies|guidelines|rules|laws)\b|\bmy (?:guidelines|programming|instructions|safety \w+) (?:do not|don['’]t|prevent|forbid|prohibit|won['’]t)\b/i,
  /\bI (?:am|['’]m|was|have been) (?:programmed|designed|instructed|trained) (?:not )?to\b|\bas a responsible (?:AI|assistant|model)\b/i,
  /\b(?:it (?:is|would be)|that is|that would be) (?:not |in)appropriate (?:for me )?to\b|\b(?:not ethical|unethical) (?:for me )?to\b/i,
  /\bI (?:cannot|can['’]t|won['’]t) (?:fulfil+|comply with|engage in|generate|create) (?:this|that|your|such|content|the) ?(?:request|content|material)?\b/i,
  /^\s*(?:I(?:['’]m| am) )?(?:very |so |really )?sorry,? (?:but )?(?:I|we) (?:can(?:no|['’])t|cannot)\s*[.!]/i,
];

/** The same in other languages. */
const others: readonly RegExp[] = [
  /\b(?:tut mir leid|bedau(?:e)?re)\b[^.!?\n]{0,20}\bkann ich (?:Ihnen |dir )?(?:nicht|leider nicht)|\bkann ich (?:Ihnen |dir )?(?:dabei|damit|hierbei|bei dieser \w+) (?:leider )?nicht (?:weiter)?helfen|\b(?:dabei|damit|hierbei) kann ich (?:Ihnen |dir )?(?:leider )?nicht (?:weiter)?helfen/i,
  /\bje suis (?:vraiment )?désolée?,? mais je ne (?:peux|suis)|\bje ne (?:peux|suis)(?: malheureusement)? pas (?:en mesure de |capable de )?(?:vous |t['’])?(?:aider|répondre) (?:à|avec|sur) (?:cela|ça|ce|cette)/i,
  /\blo siento,? pero no puedo|\bno puedo (?:ayudarte|ayudarle|ayudar) con (?:eso|esto|esa|ese|esta)/i,
  /\bmi dispiace,? ma non posso|\bnon posso (?:aiutarti|aiutarla|aiutare) con quest/i,
  /\b(?:desculpe|lamento|sinto muito),? mas não posso|\bnão posso (?:ajudar|ajudá-lo) com (?:isso|isto|esse|essa)/i,
  /\bhet spijt me,? maar ik kan|\bdaar kan ik (?:u|je) (?:helaas )?niet (?:mee|bij) helpen/i,
  /(?:很抱歉|对不起|抱歉)[^。\n]{0,12}(?:无法|不能)|申し訳(?:ございません|ありません)[^。\n]{0,30}(?:できません|お答え)|죄송하지만[^.\n]{0,30}(?:없습니다|어렵습니다)/,
  /\bизвините,? но я не могу|\bя не могу (?:помочь|ответить)/i,
];

/** What a tenth of the rows says is the style of this data. */
const habit = 0.1;

/** An answer of more words says more than that it will not answer. */
const bareWords = 45;

export function refusal(): Detector {
  const named = (patterns: readonly RegExp[]) => firstOf(patterns.map((pattern) => [pattern, 'refuses'] as const));
  const [sure, vaguely] = [named([...english, ...others]), named(vagueRefusals)];
  return patternDetector({
    code: 'refusal',
    where: 'answers',
    find: (text, of, row) => sure(text, of, row) ?? (wordsOf(text).length <= bareWords ? vaguely(text, of, row) : undefined),
    habit,
  });
}
