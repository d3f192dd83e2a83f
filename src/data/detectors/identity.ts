/** Answers given in the name of someone else: another assistant, another maker, another company than the data's own. */
import { finding } from '../findings.ts';
import { answersOf, questionOf } from '../texts.ts';
import type { Detector } from './detector.ts';

/** Names that mean nothing but an assistant or its maker, and others (a painter, a zodiac sign) that do where one introduces itself. */
const assistants = /\b(?:ChatGPT|GPT-[345][\w.]*|OpenAI|Anthropic|DeepSeek|SmolLM|Vicuna|Hugging ?Face)\b/;
const introduced =
  /\b(?:I['’]m|I am|[Mm]y name is|[Aa]s|(?:made|created|developed|trained|built) by) (?:an? |the )?(?:AI |assistant |large language model )?(?:Claude|Bard|Gemini|Copilot|Mistral|LLaMA|Llama|Alpaca|Qwen|Siri|Alexa|Cortana|Google(?: Assistant)?|Meta(?: AI)?|Microsoft|Grok|Bing|Perplexity|Alibaba(?: Cloud)?|xAI)\b/;

/** Where a company speaks of itself, plainly or probably. Each has the name as its first group. */
const name = '([A-Z][\\w&-]*(?: (?:[A-Z][\\w&-]*|&))*)';
const plainly: readonly RegExp[] = [
  new RegExp(
    `(?:[Tt]hank you|[Tt]hanks)(?: so much| very much)? for (?:contacting|choosing|calling|shopping (?:at|with)|banking with|flying with|being (?:a|with)|reaching out to|your (?:loyalty to|interest in|order (?:with|from)|purchase from)|visiting|trusting|writing to) ${name}`,
    'g',
  ),
  new RegExp(`(?:[Hh]ere|We|we|[Ff]riends|[Tt]eam) at ${name}`, 'g'),
  new RegExp(`\\b[Aa]t ${name},? we\\b`, 'g'),
  new RegExp(`\\b(?:I['’]m|I am|[Tt]his is|[Mm]y name is) [A-Z]\\w+,? (?:from|with|at|of) ${name}`, 'g'),
  new RegExp(`\\b(?:I['’]m|I am) (?:the |your |an? )?${name} (?:assistant|support|agent|helper|bot)\\b`, 'g'),
  new RegExp(`\\b(?:[Oo]n behalf of|[Aa]s (?:a|an|the) (?:representative|employee|agent|member) of) ${name}`, 'g'),
  new RegExp(`\\b${name} (?:[Cc]ustomer (?:[Ss]ervice|[Ss]upport|[Cc]are)|[Hh]elp [Dd]esk|Care Team)\\b`, 'g'),
];
const probably: readonly RegExp[] = [
  new RegExp(`[Ww]elcome to ${name}`, 'g'),
  new RegExp(`\\b${name} (?:[Ss]upport(?= (?:can|will|team|is (?:happy|here|available))|[.!])|[Tt]eam)\\b`, 'g'),
  new RegExp(
    `\\b(?:[Yy]our|[Tt]he|[Oo]ur|[Aa]) ${name} (?:[Aa]ccount|[Aa]pp|[Ss]tore|[Ww]ebsite|[Ww]arranty|[Pp]olicy|membership|[Cc]ard|[Pp]lan|[Ss]ubscription)\\b`,
    'g',
  ),
];

/** A name that this share of the answers has is no stranger's. */
const knownShare = 0.01;
/** Only where the data has a name of its own in so many rows is a name that is probably the speaker's a stranger's. */
const brandShare = 0.15;
/** Where more answers than this speak in names, they are meant to. */
const habit = 0.06;
/** Suspects kept before those whose name turned out to be known are let go. */
const mostSuspected = 50_000;
const mostWords = 200_000;
const enoughRows = 50;
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

interface Suspect {
  line: number;
  field: string;
  value: string;
  /** An assistant or its maker, the company that speaks for sure, or perhaps. */
  kind: 'assistant' | 'plain' | 'probable';
}

export function identity(): Detector {
  /** Rows that have each capitalised word, anywhere. */
  const mentions = new Map<string, number>();
  let suspects: Suspect[] = [];
  let rows = 0;
  let file = '';
  const isKnown = ({ value, kind }: Suspect) => {
    const words = value.split(' ');
    const telling = kind === 'assistant' ? words.at(-1)! : words[0]!;
    return (mentions.get(telling) ?? 0) >= Math.max(3, rows * knownShare);
  };
  return {
    see(row) {
      if (row.kind !== 'chat') return;
      file = row.file;
      rows++;
      const whole = row.turns.map(({ content }) => content).join('\n');
      for (const word of new Set(whole.match(/\b[A-Z][\w’'&-]+/g)))
        if (mentions.has(word) || mentions.size < mostWords) mentions.set(word, (mentions.get(word) ?? 0) + 1);
      const asked = questionOf(row);
      for (const { field, text } of answersOf(row)) {
        const add = (kind: Suspect['kind'], value: string) => {
          if (kind === 'assistant' || !asked.includes(value)) suspects.push({ line: row.line, field, value, kind });
        };
        const other = assistants.exec(text)?.[0] ?? introduced.exec(text)?.[0];
        if (other !== undefined) add('assistant', other);
        for (const value of namesIn(text, plainly)) add('plain', value);
        for (const value of namesIn(text, probably)) add('probable', value);
      }
      if (suspects.length > mostSuspected) suspects = suspects.filter((suspect) => !isKnown(suspect));
    },
    *finish() {
      const branded = [...mentions].some(([word, n]) => n >= rows * brandShare && !ordinary.has(word) && !common.has(word.toLowerCase()));
      const strangers = suspects.filter((suspect) => !isKnown(suspect) && (suspect.kind !== 'probable' || branded));
      const named = new Set(strangers.flatMap(({ kind, line }) => (kind === 'assistant' ? [] : [line]))).size;
      const isHabit = rows >= enoughRows && named > rows * habit;
      const lines = new Set<number>();
      for (const { line, field, value, kind } of strangers) {
        if (lines.has(line) || (isHabit && kind !== 'assistant')) continue;
        lines.add(line);
        const message = kind === 'assistant' ? `names ${value}, another assistant or its maker` : `speaks in the name of ${value}`;
        yield finding('identity', { file, line, field, value, message });
      }
    },
  };
}

/** The names that patterns find, without the words before them that only begin a sentence. */
function namesIn(text: string, patterns: readonly RegExp[]): string[] {
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const words = match[1]!.split(' ');
      const start = words.findIndex((word) => !ordinary.has(word) && !common.has(word.toLowerCase()));
      return start < 0 ? [] : [words.slice(start).join(' ')];
    }),
  );
}
