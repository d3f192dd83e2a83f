/** Everyday words with their meaning and an example, out of WordNet's database files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const artifact = 6; // lexicographer file of things that people make
/** Meanings that a model for everybody's tests need not know. */
const unwanted =
  /offensive|disparag|obscene|vulgar|slang|slur|sexual|genital|excrement|intercourse|racis|kill|murder|prostitut|drug|nazi|suicid|tortur|hallucinogen|narcotic/i;

/** Synset offset -> the word whose everyday sense it is. Senses that were met in tagged text come first in an index line. */
function everydayWords(file) {
  const words = new Map();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const fields = line.trim().split(' ');
    if (!/^[a-z][a-z]+(_[a-z]+)?$/.test(fields[0])) continue;
    const pointers = Number(fields[3]);
    const met = Number(fields[5 + pointers]);
    const senses = fields.slice(6 + pointers, 6 + pointers + Math.min(met, 2));
    for (const offset of senses) if (!words.has(offset)) words.set(offset, fields[0].replace('_', ' '));
  }
  return words;
}

/** Meaning and example sentences of a data line: `offset file type count word ... | meaning; "example"`. */
function readSynset(line, words) {
  const [head, gloss = ''] = line.split(' | ');
  const [offset, lexFile, , count, firstWord] = head.split(' ');
  const made = Number(lexFile) === artifact && Number.parseInt(count, 16) > 0 && /^[a-z]{3,10}$/.test(firstWord);
  const word = words.get(offset) ?? (made ? firstWord : undefined);
  if (!word || unwanted.test(gloss)) return undefined;
  const meaning = gloss
    .replace(/;? *".*$/, '')
    .replace(/\([^)]*\) ?/g, '')
    .replace(/;.*$/, '')
    .trim();
  const examples = [...gloss.matchAll(/"([^"]{15,160})"/g)].map((match) => match[1].trim());
  return meaning.length < 12 || meaning.length > 180 ? undefined : { word, meaning, examples };
}

/** Entries of one part of speech. */
function readPart(folder, part) {
  const words = everydayWords(join(folder, `index.${part}`));
  const lines = readFileSync(join(folder, `data.${part}`), 'utf8').split('\n');
  const entries = lines.filter((line) => /^\d/.test(line)).map((line) => readSynset(line.trim(), words));
  return entries.filter((entry) => entry !== undefined).map((entry) => ({ ...entry, part }));
}

/** Entries `{ word, meaning, examples, part }` of a folder with WordNet's `index.*` and `data.*` files. */
export function readDictionary(folder) {
  return ['noun', 'verb', 'adj', 'adv'].flatMap((part) => readPart(folder, part));
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
const article = (word) => `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`;

function meaningOf({ word, meaning, part }) {
  if (part === 'verb') return sentence(`to ${word} means to ${meaning}`);
  if (part !== 'noun') return `The word "${word}" means ${meaning}.`;
  if (/^(an?|any|one|someone|something) /.test(meaning)) return sentence(`${article(word)} is ${meaning}`);
  return sentence(/^the /.test(meaning) ? `${word} is ${meaning}` : `${word}: ${meaning}`);
}

function question(random, entry) {
  const { word, part, examples } = entry;
  const example = examples.length > 0 ? random.pick(examples) : undefined;
  if (example && random.chance(0.35)) {
    const asked = random.pick([
      `Use "${word}" in a sentence.`,
      `Write a sentence with the word "${word}".`,
      `Give me an example for "${word}".`,
    ]);
    return [asked, sentence(example)];
  }
  const asked = [`What does "${word}" mean?`, `what does ${word} mean`, `Explain the word "${word}".`];
  if (part === 'noun') asked.push(`What is ${article(word)}?`, `what is ${article(word)}?`);
  const answer = meaningOf(entry);
  return [random.pick(asked), example && random.chance(0.6) ? `${answer} For example: ${sentence(example)}` : answer];
}

/** Chats and pages that together take every entry once. */
export function dictionaryDocuments(random, entries) {
  const rest = random.shuffle(entries);
  const documents = [];
  for (let at = 0; at < rest.length; ) {
    const some = rest.slice(at, at + 1 + random.below(4));
    at += some.length;
    if (random.chance(0.25)) {
      documents.push(some.map((entry) => [meaningOf(entry), ...entry.examples.map(sentence)].join(' ')).join('\n'));
      continue;
    }
    const turns = some.map((entry) => question(random, entry));
    documents.push(
      turns.map(([asked, answer]) => `<|im_start|>user\n${asked}<|im_end|>\n<|im_start|>assistant\n${answer}<|im_end|>`).join('\n'),
    );
  }
  return documents;
}
