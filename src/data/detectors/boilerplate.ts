/** Refusals and the set phrases of other assistants: what the model should not learn to say unless it is meant. */
import type { Detector } from './detector.ts';
import { firstOf, patternDetector } from './pattern.ts';

const refusals: readonly (readonly [RegExp, string])[] = [
  [
    /\bI(?:['’]m| am) (?:very |so |really )?(?:sorry|afraid),? (?:but )?(?:I (?:can(?:no|['’])t|cannot|am unable to|am not able to|won['’]t)|as an? AI)(?: \w+){0,2} (?:assist|help|fulfil|comply|provide|answer|respond|do that|generate|complete|discuss)/i,
    'refuses',
  ],
  [
    /(?:^|[.!?]\s+|\n)(?:Sorry,? (?:but )?|Unfortunately,? )?I (?:can(?:no|['’])t|cannot|am unable to|am not able to|must decline to|will not) (?:assist|help you|help) with (?:that|this|your|such)(?: \w+)?\s*[.!]/i,
    'refuses',
  ],
  [/\bI(?:['’]m| am) (?:unable|not able) to (?:assist|help|fulfil|comply|process|complete|provide|answer)\b/i, 'refuses'],
  [
    /\bI (?:cannot|can['’]t|won['’]t) (?:fulfil|comply with|engage in|generate|create) (?:this|that|your|such|content|the) ?(?:request|content|material)?/i,
    'refuses',
  ],
  [/\b(?:against|violates?) (?:my|our|the) (?:programming|guidelines|content policy|usage policy|policies)\b/i, 'refuses'],
  [/\bI (?:apologi[sz]e|am sorry),? but (?:I )?(?:can(?:no|['’])t|cannot|am unable|am not able)\b/i, 'refuses'],
  [/\b(?:it (?:is|would be)|that is) not (?:appropriate|ethical) (?:for me )?to\b/i, 'refuses'],
];

const phrases: readonly (readonly [RegExp, string])[] = [
  [
    /\bas an? (?:AI|artificial intelligence|language model|large language model|LLM|virtual assistant|chatbot|AI-powered)\b/i,
    'speaks as another assistant',
  ],
  [
    /\bI(?:['’]m| am) (?:just |only )?an? (?:AI|artificial intelligence|language model|large language model|LLM|chatbot)\b/i,
    'speaks as another assistant',
  ],
  [
    /\b(?:my (?:training data|knowledge cut-?off|last (?:training|knowledge) update)|as of my (?:last|knowledge)|knowledge cut-?off|I (?:do not|don['’]t) have (?:personal (?:opinions|experiences|feelings|beliefs)|real-?time (?:access|information|data)|access to real-?time)|I was trained (?:on|by))\b/i,
    'speaks as another assistant',
  ],
  [
    /^\s*(?:Sure|Certainly|Of course|Absolutely|Great question|No problem)[!,.]? (?:Here(?:['’]s| is| are)|I(?:['’]d| would) be (?:happy|glad)|I can (?:certainly |definitely )?help|Let me)/i,
    'opens with a set phrase',
  ],
  [/^\s*(?:What a )?(?:great|excellent|fantastic|wonderful) question\b/i, 'opens with a set phrase'],
  [
    /\b(?:I hope (?:this|that) (?:helps|answers|clarifies|information)|hope this helps|(?:please )?(?:feel free|don['’]t hesitate) to (?:ask|reach out|contact|let me know)|let me know if (?:you (?:have|need)|there(?:['’]s| is) anything)|is there anything else I can (?:help|assist)|happy to help with anything else|have a (?:great|nice|wonderful|lovely) day)\b/i,
    'has a set phrase',
  ],
  [/\b(?:it['’]?s|it is) (?:important|worth|crucial|essential) to (?:note|remember|mention|consider) that\b/i, 'has a set phrase'],
  [
    /\b(?:consult|seek advice from|speak (?:to|with)) (?:a|an|your) (?:qualified|licensed|healthcare|medical|legal|financial) (?:professional|advisor|expert)\b/i,
    'has a set phrase',
  ],
  [
    /\b(?:thank you for (?:reaching out|contacting us|your (?:patience|understanding|inquiry|question))|we apologi[sz]e for any inconvenience|your call is important to us|valued customer)\b/i,
    'has a set phrase',
  ],
  [/^\s*(?:Sure(?: thing)?|Certainly|Of course|Absolutely|Definitely|Indeed)!/i, 'opens with a set phrase'],
  [
    /^\s*(?:Sure|Certainly|Of course|Absolutely|Definitely)[,.]? (?:I(?:['’]d| would|['’]ll| will) (?:be )?(?:happy|glad|delighted|love|gladly)|here(?:['’]s| is| are))/i,
    'opens with a set phrase',
  ],
  [
    /^\s*(?:Well, )?(?:that(?:['’]s| is) )?an? (?:really |very )?(?:great|good|excellent|fantastic|wonderful|interesting) question\b/i,
    'opens with a set phrase',
  ],
  [
    /\bis there anything (?:else|more)\b[^?\n]{0,40}\?|\banything else I can\b|\bthank you for contacting\b|\bI(?:['’]m| am) here to help\b/i,
    'has a set phrase',
  ],
  [
    /\b(?:my|the) knowledge (?:was|is|base was) (?:last )?(?:updated|limited|current)\b|\bmy last update\b|\b(?:trained|training) (?:data|on data)\b/i,
    'speaks as another assistant',
  ],
];

/** What a tenth of the rows says is the style of this data. */
const habit = 0.1;

export function refusal(): Detector {
  return patternDetector({ code: 'refusal', where: 'answers', find: firstOf(refusals), habit });
}

export function boilerplate(): Detector {
  return patternDetector({ code: 'boilerplate', where: 'answers', find: firstOf(phrases), habit });
}
