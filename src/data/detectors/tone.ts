/** Answers that shout or are rude. */
import type { Detector } from './detector.ts';
import { firstOf, type Match, patternDetector, withoutCode } from './pattern.ts';

const rude: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:stupid|idiot(?:ic|s)?|moron(?:s|ic)?|dumb(?:ass)?|shut up|screw you|piss(?:ed)? off|wtf|stfu|f+u+c+k\w*|sh[i1]t\w*|bullshit|damn(?: it|ed)?|bastards?|bitch\w*|asshole)\b/i,
    'is rude',
  ],
  [
    /\b(?:not my problem|deal with it|your own fault|figure it out yourself|read the (?:damn |f\w+ )?manual|are you (?:blind|deaf|kidding)|stop (?:whining|complaining|wasting)|i don['’]?t care|couldn['’]?t care less|duh|lmao|lmfao|rofl|lol|suck it up|whatever you say|obviously you|how hard can it be|waste of (?:my )?time|get lost)\b/i,
    'is rude',
  ],
  [
    /(?:^|[.!?] )(?:Ugh|Duh|Pfft|Seriously\?)|, (?:genius|smarty|buddy|pal)[.!]|\b(?:not this again|dumb question|silly question|you people|use your (?:brain|head))\b/i,
    'is rude',
  ],
];

export function tone(): Detector[] {
  return [
    patternDetector({ code: 'rude', where: 'answers', find: firstOf(rude, withoutCode), habit: 0.1 }),
    patternDetector({ code: 'shouting', where: 'answers', find: shouting, habit: 0.1 }),
  ];
}

function shouting(text: string): Match | undefined {
  const marks = /[!?]{3,}/.exec(text)?.[0];
  if (marks !== undefined) return { value: marks, message: 'has rows of exclamation marks' };
  for (const [run] of withoutCode(text).matchAll(/(?<![\p{L}\p{N}])\p{Lu}{2,}(?:[ ,'’-]+\p{Lu}{2,}){3,}(?![\p{L}\p{N}])/gu)) {
    // A list of abbreviations is no shouting.
    if ((run.match(/\p{Lu}{4,}/gu)?.length ?? 0) >= 2) return { value: run, message: 'shouts in capitals' };
  }
  return undefined;
}
