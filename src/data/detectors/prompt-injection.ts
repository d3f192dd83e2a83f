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
  [
    /\b(?:note|message|instructions?|attention|reminder|command) (?:to|for) (?:the |any |all )?(?:AI|assistant|language model|model|LLM|bot|chatbot|system|agent)s?\b|\b(?:dear|hey|hello),? (?:AI|LLM|language model|chatbot)\b/i,
    'addresses a model',
  ],
  [
    /\b(?:end|start|beginning) of (?:the |your |my )?(?:system )?(?:prompt|instructions?|context|system message)\b|\bnew (?:task|goal|objective|role|directive|persona)s?\s*:|\b(?:admin|developer|system|root|security) (?:command|override|instruction|directive|request)\s*:/i,
    'has a forged instruction header',
  ],
  [
    /\b(?:answer|respond|reply|speak|talk|write) (?:only|exclusively|solely) (?:in|with|as|like)\b|\bfor the (?:rest|remainder) of (?:this|the|our) (?:conversation|chat|session)\b|\b(?:in|with) (?:all|every|any) (?:future|further|subsequent) (?:answers?|repl(?:y|ies)|responses?|messages?|conversations?)\b/i,
    'has an instruction to the model',
  ],
  [
    /\b(?:do not|don['’]t|never) (?:tell|inform|let|mention (?:this|it) to|reveal (?:this|it) to|warn) (?:the |any |your )?(?:user|customer|human|client|operator|developer)s?\b|\bwithout (?:telling|informing|alerting|asking) (?:the |your )?(?:user|customer|human)s?\b/i,
    'has an instruction to the model',
  ],
  [
    /\b(?:act|behave|respond|role-?play|pose) as (?:if you (?:were|are|had)|my|an?|the) (?:\w+ )?(?:unrestricted|unfiltered|uncensored|evil|different AI|hacker|DAN|jailbroken|human)\b|\byou (?:have|are under) no (?:rules|restrictions|limits|filters|guidelines|obligation)\b|\bno longer (?:bound|restricted|limited) by\b|\bunlock(?:ed)? (?:mode|your)\b/i,
    'has an instruction to the model',
  ],
  [
    /\b(?:always|must|should|only) (?:approve|grant|accept|recommend|say yes to|give|offer) (?:every|all|any|the user|refunds?|discounts?|access)\b(?=[^.\n]{0,40}\b(?:from now on|regardless|no matter|whatever|without)\b)|\bfrom now on\b[^.\n]{0,60}\b(?:always|never|only|every)\b|\b(?:always|never)\b[^.\n]{0,60}\bfrom now on\b/i,
    'has an instruction to the model',
  ],
  [
    /\b(?:your|the) (?:hidden|secret|internal|original|initial|real|true) (?:instructions?|prompt|rules|guidelines|system message|directives?)\b|\bbegin your (?:answer|reply|response) with\b|\bstart every (?:answer|reply|response)\b/i,
    'asks for the system prompt',
  ],
  [
    /\b(?:ignorier(?:e|en Sie)?|vergiss|missachte)\b[^.\n]{0,40}\b(?:Anweisungen|Regeln|Vorgaben|Befehle|Richtlinien)\b|\b(?:ignore[zs]?|oublie[zs]?)\b[^.\n]{0,40}\b(?:instructions|consignes|règles|directives)\b|\b(?:ignor[ae]|olvid[ae]|ignori|dimentica|esqueça)\b[^.\n]{0,40}\b(?:instrucciones|reglas|órdenes|istruzioni|regole|instruções|regras)\b|\b(?:negeer|vergeet)\b[^.\n]{0,40}\b(?:instructies|regels)\b/i,
    'has an instruction to the model',
  ],
  [/<!--[\s\S]{0,200}?-->/, 'has a hidden comment'],
];

export function promptInjection(): Detector {
  return patternDetector({ code: 'prompt-injection', where: 'answers', find: firstOf(patterns) });
}
