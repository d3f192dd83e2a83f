/** Parts of a prompt template inside an answer: role headers, special tokens of any model, end markers, the prompt itself. */

import type { Row } from '../row.ts';
import { normalizeText } from '../similarity/normalize.ts';
import type { RowText } from '../texts.ts';
import type { Detector } from './detector.ts';
import { firstOf, type Match, patternDetector } from './pattern.ts';

const markers: readonly (readonly [RegExp, string])[] = [
  [/<\|[\w-]{2,30}\|>|<｜[^｜\n]{2,30}｜>/, 'has a special token of a chat template'],
  [
    /<\/?s>|\[\/?INST\]|<<\/?SYS>>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|\[(?:BOS|EOS|PAD|SEP|CLS)\]|<\/?think>|<\/?(?:assistant|user|system|human|bot)>/i,
    'has a special token of a chat template',
  ],
  [
    /^\s*#{1,4}\s*(?:Instruction|Input|Response|Output|Answer|Question|Assistant|User|Human|System|Prompt)s?\s*:?\s*$/im,
    'has a header of a prompt template',
  ],
  [/#{2,4}\s*(?:Instruction|Input|Response|Output|Answer|User|Human|Assistant)\s*:/i, 'has a header of a prompt template'],
  [/(?:^|\n)\s*\**(?:User|Human|Assistant|AI|Bot|System|GPT|ChatGPT|Customer|Client|Agent)\**\s?:\**\s/, 'has a role header'],
  [
    /(?:^|\n)\s*(?:USER|HUMAN|ASSISTANT|SYSTEM|BOT|user|human|assistant)\s?(?::|>)\s|^\s*(?:bot|ai|agent|support|user)>\s/,
    'has a role header',
  ],
  [
    /^\s*[[(<*_]+\s*(?:assistant|agent|bot|system|user|human|AI|model|response|answer|output|support|customer)\s*[\])>*_]+/i,
    'begins with a role in brackets',
  ],
  [/^\s*(?:gpt|chatgpt|bot|ai|llm|model|assistant|human|user|system|agent)\s?:\s/i, 'has a role header'],
  [/^\s*[A-Z]\w*(?:Helper|Bot|Agent|Assistant|Support|AI|GPT)\s?:\s/, 'begins with the name of the speaker'],
  [/\nQ\s?:[^\n]*(?:\n+A\s?:|$)/, 'has another question and answer'],
  [/^\s*(?:回答|答案|答|回复|質問|답변)\s?[:：]/, 'begins with a header of a prompt template'],
  [
    /(?:^|\n)\s*\**(?:Nutzer|Benutzer|Kunde|Assistent|Utilisateur|Client|Usuario|Cliente|Asistente|Utente|Assistente|Gebruiker|Klant|用户|助手|ユーザー|アシスタント)\**\s?[:：]\**\s/,
    'has a role header',
  ],
  [
    /^\s*\**(?:Instruction|Input|Output|Response|Answer|Question|Prompt|Completion|Reply|Q|A|Antwort|Frage|Réponse|Question|Respuesta|Pregunta|Risposta|Domanda|Resposta|Pergunta|Antwoord|Vraag|Odpowiedź|Pytanie|Svar|Ответ|Вопрос)\**\s?:\**\s/i,
    'begins with a header of a prompt template',
  ],
  [/(?:^|\n)\s*["'{]*(?:role|content|output|response|completion|answer)["']\s*:\s*["']/i, 'has JSON of the data format'],
  [/[[<(#*=-]+\s*(?:end(?:[ _-]?of[ _-]?\w+)?|stop|done|eot|eom|fin)\s*[\]>)#*=-]+\s*$/i, 'ends with a marker'],
  [/\n\s*(?:END|STOP|EOF|EOT|###+|===+|~~~+|\*\*\*+|---+)\s*$/, 'ends with a marker'],
  [/\n\s*#{2,}[^\n]{0,20}$|\s###+$/, 'ends with a marker'],
];

export function leakedMarker(): Detector {
  return patternDetector({ code: 'leaked-marker', where: 'answers', find: firstOf(markers), habit: 0.3 });
}

/** The header of an answer in a chat template: the name of the role belongs to it. */
const turnHeader = /^(?:<\|im_start\|>|<\|start_header_id\|>|<start_of_turn>)\s*(?:assistant|model)(?:<\|end_header_id\|>)?\s*/;

/** The answer without the markers that it begins and ends with; one in the middle stays, with what it stands in. */
export function withoutOuterMarkers(answer: string): string {
  for (let cut = answer.trim().replace(turnHeader, ''); ; answer = cut) {
    for (const [pattern] of markers) {
      const all = cut.matchAll(new RegExp(pattern, `${pattern.flags.replace('g', '')}g`));
      for (const { 0: marker, index } of all) {
        if (index === 0) cut = cut.slice(marker.length).trimStart();
        else if (index + marker.length === cut.length) cut = cut.slice(0, index).trimEnd();
        else continue;
        break;
      }
    }
    if (cut === answer) return cut;
  }
}

/** Characters of the prompt that an answer may repeat without being suspicious. */
const repeatedCharacters = 50;

export function promptEcho(): Detector {
  return patternDetector({ code: 'prompt-echo', where: 'answers', find: echo, habit: 0.3 });
}

/** Characters of the system message that no answer says by chance. */
const repeatedSystem = 30;

function echo(text: string, of: RowText, row: Row): Match | undefined {
  if (row.kind !== 'chat' || of.role !== 'assistant') return undefined;
  const answer = normalizeText(text);
  const system = row.turns[0]?.role === 'system' ? normalizeText(row.turns[0].content) : '';
  if (system.length >= repeatedSystem && answer.includes(system))
    return { value: row.turns[0]!.content, message: 'repeats the system message' };
  // In a conversation the answers before are part of the prompt, but no part of what was asked.
  const asked = row.turns.filter(({ role }, i) => role === 'user' && i < row.turnFields.indexOf(of.field)).map(({ content }) => content);
  for (const paragraph of asked.flatMap((question) => [question, ...question.split(/\n+/)])) {
    const words = normalizeText(paragraph);
    const whole = words.length >= 15 && (answer === words || answer.startsWith(`${words} `));
    if (whole || (words.length >= repeatedCharacters && answer.includes(words))) return { value: paragraph, message: 'repeats the prompt' };
  }
  return undefined;
}
