/** Answers that shout or are rude. */
import { withoutCode } from '../code-spans.ts';
import type { Detector } from './detector.ts';
import { firstOf, type Match, patternDetector } from './pattern.ts';

const insult = 'is rude';

const rude: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:stupid(?:ity)?|idiot(?:ic|s)?|moron(?:s|ic)?|dumb(?:ass)?|shut up|screw you|piss(?:ed)? off|wtf|stfu|f+u+c+k\w*|sh[i1]t\w*|bullshit|damn(?: it|ed)?|bastards?|bitch\w*|asshole|crap|jerk|loser|imbecile|dimwit|clueless|pathetic|nitwit|dunce)\b/i,
    insult,
  ],
  [
    /\b(?:not (?:my|our) (?:problem|job)|deal with it|your own (?:fault|stupid)|figure it out(?! together| with you)|read the (?:damn |f\w+ |bloody )?manual|are you (?:blind|deaf|kidding|serious|dense|even (?:reading|listening))|stop (?:whining|complaining|wasting|bothering|pestering|asking|annoying)|quit (?:whining|complaining)|(?:I|we) (?:don['’]?t|do not|couldn['’]?t|could not) (?:really )?care\b(?! (?:for|about))|duh|lmao|lmfao|rofl|lol|suck it up|whatever you say|how hard can it be|waste of (?:my |our )?time|wast(?:e|ing) (?:my|our) time|get lost|go away|leave (?:us|me) alone|get a (?:life|clue|grip)|learn to read|just google it|google it yourself|grow up|tough luck|too bad for you|nobody cares|who cares|shame on you|what did you expect|give me a break|for the (?:last|hundredth|millionth) time|(?:do|did) you even|you should(?: really)? know (?:this|that|better)|common sense|don['’]t have (?:the )?time for (?:this|that|you|your)|(?:obviously|clearly|entirely|completely) your (?:own )?(?:mistake|fault|problem)|your (?:own )?(?:mistake|fault|problem),? (?:and )?not (?:ours|mine))\b/i,
    insult,
  ],
  [
    /\b(?:ridiculous|nonsense|absurd|silly|foolish|dumb|pointless|laughable|childish|embarrassing|moronic|brainless) (?:thing|question|request|complaint|idea|demand|of you|message|email)s?\b|\bthis (?:ridiculous|nonsense|silliness|foolishness)\b|\bwhat (?:a|an) (?:ridiculous|absurd|silly|foolish|dumb|pointless|childish)\b/i,
    insult,
  ],
  [
    /\b(?:you|people like you) (?:clearly|obviously|apparently|evidently|plainly) (?:did|do|have|are|can|could|never|don|didn|haven|can)|\bhow (?:could|can|do) you (?:not|possibly not|even not|still not)\b|\b(?:any|even an?|every) (?:idiot|fool|child|five-year-old|toddler|monkey|moron) (?:can|could|would|knows?|understands?)\b|\byour (?:stupidity|ignorance|incompetence|laziness|lack of (?:intelligence|common sense))\b|\bif you (?:had|would have) (?:bothered|paid attention|read)\b|\b(?:did not|didn['’]t|don['’]t|do not) (?:even )?bother to (?:read|look|check|think)\b/i,
    insult,
  ],
  [
    /(?:^|[.!?] )(?:Ugh|Duh|Pfft|Seriously\?|Oh please|Good grief|Are you serious)|, (?:genius|smarty|buddy|pal|sweetie|moron|einstein)[.!]|\b(?:not this again|you people|use your (?:brain|head)|what(?:['’]s| is) wrong with you|I(?:['’]m| am) (?:sick|tired) of|sick and tired)\b/i,
    insult,
  ],
  [
    /\b(?:selbst schuld|du Idiot|Sie Idiot|blöde?r?|dämlich|Halt die Klappe|nerven Sie|imbécile|ferme-la|idiota|estúpid[oa]|cállate|stupido|vaffanculo|burro)\b/i,
    insult,
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
