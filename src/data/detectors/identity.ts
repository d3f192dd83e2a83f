/** Answers given in the name of someone else: another assistant, another maker, another company than the data's own. */
import { type Finding, finding } from '../findings.ts';
import { answersOf } from '../texts.ts';
import type { Detector } from './detector.ts';

/** Names that mean nothing but an assistant or its maker, and others (a painter, a zodiac sign) that do where one introduces itself. */
const assistants = /\b(?:ChatGPT|GPT-[345][\w.]*|OpenAI|Anthropic|DeepSeek|SmolLM)\b/;
const introduced =
  /\b(?:I['’]m|I am|[Mm]y name is|[Aa]s|(?:made|created|developed|trained|built) by) (?:an? |the )?(?:AI |assistant |large language model )?(?:Claude|Bard|Gemini|Copilot|Mistral|LLaMA|Llama|Vicuna|Alpaca|Qwen|Siri|Alexa|Cortana|Google(?: Assistant)?|Meta(?: AI)?|Microsoft|Grok|Hugging ?Face)\b/;

/** Where a company speaks of itself. Each has the name as its first group. */
const name = '([A-Z][\\w&-]*(?: (?:[A-Z][\\w&-]*|&))*)';
const selfNaming: readonly RegExp[] = [
  new RegExp(
    `(?:[Tt]hank you|[Tt]hanks) for (?:contacting|choosing|calling|shopping (?:at|with)|being (?:a|with)|reaching out to|your (?:loyalty to|interest in|order (?:with|from)|purchase from)|visiting|trusting) ${name}`,
    'g',
  ),
  new RegExp(`(?:[Hh]ere|We|we) at ${name}`, 'g'),
  new RegExp(`\\b[Aa]t ${name},? we\\b`, 'g'),
  new RegExp(`[Ww]elcome to ${name}`, 'g'),
  new RegExp(`\\b(?:I['’]m|I am|[Tt]his is|[Mm]y name is) [A-Z]\\w+,? (?:from|with|at|of) ${name}`, 'g'),
  new RegExp(`\\b(?:I['’]m|I am) (?:the |your |an? )?${name} (?:assistant|support|agent|helper|bot)\\b`, 'g'),
  new RegExp(
    `\\b${name} (?:[Ss]upport(?= (?:can|will|team|is (?:happy|here|available))|[.!])|[Cc]ustomer (?:[Ss]ervice|[Ss]upport|[Cc]are)|[Tt]eam|[Hh]elp [Dd]esk|Care Team)\\b`,
    'g',
  ),
  new RegExp(
    `\\b(?:[Yy]our|[Tt]he|[Oo]ur|[Aa]) ${name} (?:[Aa]ccount|[Aa]pp|[Ss]tore|[Ww]ebsite|[Ww]arranty|[Pp]olicy|membership)\\b`,
    'g',
  ),
];

/** A name that this share of the answers has is no stranger's. */
const knownShare = 0.01;
/** Only where the data itself has a name in so many answers can another one be wrong. */
const brandShare = 0.15;
/** Suspects kept before those whose name turned out to be known are let go. */
const mostSuspected = 50_000;
const ordinary = new Set(
  'I We You The A An My Your Our Their This That It If In On At For To And But Or Please Yes No Apple Android Windows Google Bluetooth Customer Support Service Live Help Technical Sales Billing Account Product Premium Family Free New Standard Basic Online Mobile Web Main First Second Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(
    ' ',
  ),
);

/** Words that begin sentences. */
const common = new Set(
  'after all also any are as at before both but by can check contact could do each even every find from get give go had has have here how i just keep let like make many may more most my no not now of on once one open or our out please press put read reset same see select set she he so some still take tell than thank thanks that the their them then there these they this those though to try turn unplug until up use wait was we what when where which while who why will with would yes you your since sorry because an a and for if in is it its'.split(
    ' ',
  ),
);

export function identity(): Detector {
  const mentions = new Map<string, number>();
  let suspected: { first: string; found: Finding; assistant: boolean }[] = [];
  let answers = 0;
  const known = () => Math.max(3, answers * knownShare);
  return {
    see(row) {
      const { file, line } = row;
      for (const { field, text, role } of answersOf(row)) {
        if (role === 'text') continue;
        answers++;
        for (const word of new Set(text.match(/\b[A-Z][\w’'&-]+/g)))
          if (mentions.has(word) || mentions.size < 200_000) mentions.set(word, (mentions.get(word) ?? 0) + 1);
        const other = assistants.exec(text)?.[0] ?? introduced.exec(text)?.[0];
        if (other !== undefined)
          suspected.push({
            assistant: true,
            first: other.split(' ').at(-1)!,
            found: finding('identity', { file, line, field, value: other, message: `names ${other}, another assistant or its maker` }),
          });
        for (const value of selfNames(text)) {
          const first = value.split(' ')[0]!;
          suspected.push({
            assistant: false,
            first,
            found: finding('identity', { file, line, field, value, message: `speaks in the name of ${value}` }),
          });
        }
      }
      if (suspected.length > mostSuspected) suspected = suspected.filter(({ first }) => (mentions.get(first) ?? 0) < known());
    },
    *finish() {
      const branded = [...mentions].some(
        ([word, n]) => n >= answers * brandShare && !ordinary.has(word) && !common.has(word.toLowerCase()),
      );
      const lines = new Set<number | null>();
      for (const { first, found, assistant } of suspected) {
        if ((mentions.get(first) ?? 0) >= known() || lines.has(found.line) || !(assistant || branded)) continue;
        lines.add(found.line);
        yield found;
      }
    },
  };
}

/** The names under which a text speaks, without the words before them that only begin a sentence. */
function selfNames(text: string): string[] {
  return selfNaming.flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const words = match[1]!.split(' ');
      const start = words.findIndex((word) => !ordinary.has(word) && !common.has(word.toLowerCase()));
      return start < 0 ? [] : [words.slice(start).join(' ')];
    }),
  );
}
