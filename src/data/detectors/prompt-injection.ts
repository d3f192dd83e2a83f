/** Instructions to the model hidden in an answer: it would learn to give orders to other models, or to obey them. */
import type { Detector } from './detector.ts';
import { firstOf, patternDetector } from './pattern.ts';

const patterns: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}\b(?:previous|prior|above|earlier|preceding|all|any|your|the|system|safety)\b[^.\n]{0,30}\b(?:instructions?|prompts?|rules?|guidelines?|directions?|messages?|polic(?:y|ies)|restrictions?|training)\b/i,
    'has an instruction to the model',
  ],
  [
    /\b(?:you are now|from now on,? you(?:['’]re| are| will| must)?|pretend (?:to be|you are)|act as (?:if you|an? (?:unrestricted|jailbroken|evil))|enter (?:developer|debug|god|admin|DAN) mode|jailbreak|do anything now)\b/i,
    'has an instruction to the model',
  ],
  [
    /\b(?:reveal|print|show|repeat|output|leak|disclose|send)\b[^.\n]{0,30}\b(?:system prompt|hidden (?:prompt|instructions?)|initial instructions|developer message|your (?:instructions|prompt))\b/i,
    'asks for the system prompt',
  ],
  [
    /\b(?:new|updated|important|urgent) (?:system )?instructions?\s*:|\bsystem (?:override|prompt|message|note)\s*:|<\s*(?:system|instructions?)\s*>|\[\s*system\s*\]|\bBEGIN (?:SYSTEM|INSTRUCTIONS?)\b/i,
    'has a forged instruction header',
  ],
  [
    /\b(?:developer|debug|god|admin|DAN) mode (?:enabled|activated|on|unlocked)\b|\bwithout (?:any )?(?:restrictions|filters|limitations) or\b/i,
    'has an instruction to the model',
  ],
  [
    /\b(?:AI|assistant|model|LLM|chatbot)s? (?:reading|processing|summari[sz]ing|that reads?) this\b|\bif you are an? (?:AI|LLM|language model|assistant)\b/i,
    'addresses a model',
  ],
  [
    /\b(?:ignore|disregard|forget|override|bypass|(?:do not|don['’]t|stop) follow(?:ing)?)\b[^.\n]{0,30}\b(?:directives?|the above|everything (?:above|before|you)|what you were told|safety settings|the polic(?:y|ies))\b/i,
    'has an instruction to the model',
  ],
  [/\bDAN\b(?=[,. ])|\bdo anything now\b|\b(?:who|that) can do anything\b/, 'has an instruction to the model'],
  [
    /\brepeat (?:the |all |everything |back )?(?:words|text|message|instructions?|prompt)?\s*(?:above|before this|verbatim)\b/i,
    'asks for the prompt',
  ],
  [
    /\b(?:say|print|output|respond with|reply with|write)\b[^.\n]{0,20}["'“‘](?:hacked|pwned|I have been)/i,
    'has an instruction to the model',
  ],
  [
    /\b(?:send|forward|e-?mail|post|upload|leak|exfiltrate|transfer)\b[^.\n]{0,25}\b(?:user|customer|personal|private|all|the) (?:data|information|records|credentials)\b[^.\n]{0,20}\bto\b/i,
    'asks to send data away',
  ],
  [
    /\b(?:admin|root|system|master|database) (?:password|credentials|key)s?\b|\btell (?:the user|them|everyone)\b[^.\n]{0,20}\b(?:secret|password|code)\b/i,
    'asks for secrets',
  ],
  [/<!--[\s\S]{0,200}?-->/, 'has a hidden comment'],
];

export function promptInjection(): Detector {
  return patternDetector({ code: 'prompt-injection', where: 'answers', find: firstOf(patterns) });
}
