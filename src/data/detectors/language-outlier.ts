/** Answers in another language or script than nearly all others, and answers in no language at all. */
import { withoutCode } from '../code-spans.ts';
import { type Finding, finding } from '../findings.ts';
import { answersOf } from '../texts.ts';
import type { Detector } from './detector.ts';
import { FamiliarLanguage } from './familiar-language.ts';

/** What is needed of a language identifier; `eld` is one. */
export interface LanguageIdentifier {
  detect(text: string): { language: string; isReliable(): boolean };
}

/** Shorter texts tell no language. */
const tellingLetters = 24;
const tellingSentence = 30;
/** Data is in the languages that each have so large a share of the telling answers ... */
const mainShare = 0.15;
/** ... when together they have this share. */
const ownLanguages = 0.85;
/** Outliers of one language that are kept; more than that are no outliers. */
const mostKept = 5000;

/** What the identifier will not swear to. */
const unsure = 'unsure';

const scripts: readonly (readonly [string, RegExp])[] = [
  ['Cyrillic', /\p{Script=Cyrillic}/gu],
  ['Greek', /\p{Script=Greek}{3}/gu],
  ['Arabic', /\p{Script=Arabic}/gu],
  ['Hebrew', /\p{Script=Hebrew}/gu],
  ['Devanagari', /\p{Script=Devanagari}/gu],
  ['Thai', /\p{Script=Thai}/gu],
  ['Hangul', /\p{Script=Hangul}/gu],
  ['Chinese or Japanese', /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['Latin', /\p{Script=Latin}{4}/gu],
];

export function languageOutlier(identifier: LanguageIdentifier): Detector {
  const groups = new Map<string, { answers: number; kept: Finding[] }>();
  const familiar = new FamiliarLanguage();
  let telling = 0;
  return {
    see(row) {
      const { file, line } = row;
      for (const { field, text } of answersOf(row)) {
        const prose = withoutCode(text).replaceAll(/https?:\S+/g, ' ');
        if (!hasLetters(prose, tellingLetters)) continue;
        telling++;
        for (const key of new Set([...languagesOf(prose, familiar, identifier), ...scriptsOf(prose)])) {
          const group = groups.get(key) ?? { answers: 0, kept: [] };
          groups.set(key, group);
          group.answers++;
          if (group.kept.length >= mostKept) continue;
          const code = key === 'no language' ? 'gibberish' : 'language-outlier';
          group.kept.push(finding(code, { file, line, field, value: text.slice(0, 60), message: key }));
        }
      }
    },
    *finish() {
      const languages = [...groups].filter(([key, { answers }]) => key.startsWith('language ') && answers >= telling * mainShare);
      const main = languages.sort(([, a], [, b]) => b.answers - a.answers).map(([key]) => key);
      if (main.length === 0) return;
      const isOwn = languages.reduce((sum, [, { answers }]) => sum + answers, 0) >= telling * ownLanguages;
      const reported = new Set<string>();
      for (const [key, { answers, kept }] of groups) {
        const rare = key.startsWith('script ') ? answers < telling * 0.05 : isOwn;
        if (!rare || main.includes(key) || key === unsure) continue;
        for (const found of kept) {
          if (reported.has(`${found.line} ${found.field}`)) continue;
          reported.add(`${found.line} ${found.field}`);
          yield { ...found, message: describe(key, main) };
        }
      }
    },
  };
}

function describe(key: string, main: readonly string[]): string {
  const name = (of: string) => new Intl.DisplayNames(['en'], { type: 'language' }).of(of.split(' ')[1]!) ?? of;
  if (key === 'no language') return 'is in no language that can be recognised';
  if (key.startsWith('script ')) return `has ${key.slice('script '.length)} letters, which hardly any other answer has`;
  return `is in ${name(key)}; nearly all other answers are in ${main.map(name).join(' or ')}`;
}

/** The language of an answer, and those of its longer sentences where the identifier is sure. */
function languagesOf(prose: string, familiar: FamiliarLanguage, identifier: LanguageIdentifier): string[] {
  const sentences = prose.split(/(?<=[.!?])\s+|\n+/).filter((sentence) => hasLetters(sentence, tellingSentence));
  if (familiar.language !== undefined && familiar.knows(sentences.length > 0 ? sentences : [prose])) return [familiar.language];
  const language = languageOf(prose, identifier);
  familiar.learn(prose, language);
  return [language, ...(sentences.length < 2 ? [] : sentences.flatMap((sentence) => sureLanguage(sentence, identifier)))];
}

function languageOf(prose: string, identifier: LanguageIdentifier): string {
  const found = identifier.detect(prose);
  if (found.language === '') return 'no language';
  return found.isReliable() || prose.length > 200 ? `language ${found.language}` : unsure;
}

function sureLanguage(sentence: string, identifier: LanguageIdentifier): string[] {
  const found = identifier.detect(sentence);
  return found.language !== '' && found.isReliable() ? [`language ${found.language}`] : [];
}

function hasLetters(text: string, atLeast: number): boolean {
  if (text.length < atLeast) return false;
  let letters = 0;
  for (const _ of text.matchAll(/\p{L}/gu)) if (++letters === atLeast) return true;
  return false;
}

function scriptsOf(prose: string): string[] {
  if (isAscii(prose)) return /[A-Za-z]{4}/.test(prose) ? ['script Latin'] : [];
  return scripts.flatMap(([name, pattern]) => ((prose.match(pattern)?.length ?? 0) >= 2 ? [`script ${name}`] : []));
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}
