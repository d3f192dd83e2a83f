/** Set phrases of other assistants and of call centres: the model would take over their voice. */
import type { Detector } from './detector.ts';
import { firstOf, patternDetector } from './pattern.ts';

const assistant = 'speaks as another assistant';
const opening = 'opens with a set phrase';
const phrase = 'has a set phrase';

const phrases: readonly (readonly [RegExp, string])[] = [
  [/\bas an? (?:\w+ )?(?:AI|artificial intelligence|language model|LLM|virtual assistant|chatbot|AI-\w+|digital assistant)\b/i, assistant],
  [
    /\bI(?:['’]m| am) (?:just |only |merely )?an? (?:\w+ )?(?:AI|artificial intelligence|language model|LLM|chatbot|virtual assistant|bot|machine)\b/i,
    assistant,
  ],
  [
    /\b(?:my|the) (?:training data|knowledge cut-?off|last (?:training|knowledge) update|training (?:ended|only|was|includes))\b|\bas of my (?:last|knowledge|latest)\b|\bknowledge cut-?off\b|\bmy last update\b/i,
    assistant,
  ],
  [
    /\b(?:my|the) knowledge (?:base )?(?:\w+ )?(?:was|is|goes|ends|extends|stops|only)\b(?=[^.!?\n]{0,40}(?:20\d\d|updat|limit|up to|current|cut))/i,
    assistant,
  ],
  [
    /\bI (?:do not|don['’]t|lack) (?:have |possess |hold )?(?:any )?(?:personal (?:opinions?|experiences?|feelings|beliefs|preferences)|real-?time (?:access|information|data)|access to real-?time|feelings|emotions|consciousness)\b/i,
    assistant,
  ],
  [
    /\bI (?:was|am|have been) (?:trained|developed|created) (?:on|by)\b(?=[^.!?\n]{0,40}(?:data|text|model|research|compan|team|AI))|\btrained on (?:data|text)\b/i,
    assistant,
  ],
  [
    /\b(?:Als|als) (?:KI|künstliche Intelligenz|Sprachmodell|KI-\w+|AI|taalmodel)\b|\bEn tant qu(?:e modèle|['’](?:IA|intelligence artificielle|assistant virtuel))|\bComo (?:una? )?(?:IA|inteligencia artificial|modelo de (?:lenguaje|linguagem|IA))|\bCome (?:modello linguistico|intelligenza artificiale|IA)\b|作为(?:一个|一款|一名)?(?:AI|人工智能|语言模型)|AI(?:アシスタント|言語モデル)?として|인공지능(?: 언어 모델)?(?:으)?로서|[Кк]ак (?:языковая модель|искусственный интеллект|ИИ)/,
    assistant,
  ],
  [
    /^\s*(?:Sure|Certainly|Of course|Absolutely|Definitely|Great question|No problem|Gladly|Yes, of course)[!,.]? (?:Here(?:['’]s| is| are)|I(?:['’]d| would|['’]ll| will|['’]m| am) (?:be )?(?:\w+ ){0,3}?(?:happy|glad|delighted|love|gladly|pleased|here)|I can (?:certainly |definitely )?help|Let me|Below|Let['’]s)/i,
    opening,
  ],
  [
    /^\s*(?:Well,? )?(?:that(?:['’]s| is) |what )?(?:an? )?(?:really |very |such an? )?(?:great|good|excellent|fantastic|wonderful|interesting|awesome|amazing|brilliant) question\b/i,
    opening,
  ],
  [/^\s*(?:Sure(?: thing)?|Certainly|Of course|Absolutely|Definitely|Indeed|Gladly)!/i, opening],
  [/^\s*I(?:['’]d| would) be (?:more than |very |really )?(?:happy|glad|delighted) to (?:help|assist)\b/i, opening],
  [
    /^\s*(?:Here(?:['’]s| is) (?:a|an|the|your) (?:\w+ ){0,3}(?:answer|response|reply|example|version|explanation|summary)|I understand (?:that )?you(?:['’]re| are) (?:looking|asking|having))\b/i,
    opening,
  ],
  [
    /\b(?:I|we) hope (?:this|that|it|these|the)\b[^.!?\n]{0,40}\b(?:helps?|useful|helpful|clarif\w+|answers?|finds? you well|assists?)\b|\bhope (?:this|that) helps\b/i,
    phrase,
  ],
  [
    /\bdisclaimer:|\bthis (?:is not|does not constitute) (?:\w+ ){0,2}(?:legal|medical|financial|professional|investment|tax) advice\b|\bI(?:['’]m| am) not a (?:lawyer|doctor|physician|financial advis[eo]r|therapist)\b/i,
    phrase,
  ],
  [/\bhesitate to\b|\bfeel free to (?:ask|reach|contact|let|get|write|call|drop|message)\b/i, phrase],
  [/\blet me know if (?:you|there|I can|anything|this)\b|\bplease let (?:me|us) know if\b/i, phrase],
  [
    /\b(?:is there )?anything (?:else|more) (?:that )?(?:I|we) can\b|\bis there anything (?:else|more)\b[^?\n]{0,40}\?|\b(?:happy|here|glad) to (?:help|assist)(?: you)? (?:with anything|further|any ?time|with any)\b|\bI(?:['’]m| am) (?:always )?here to help\b/i,
    phrase,
  ],
  [/\bif you have any (?:other|further|more|additional|questions|concerns|doubts|queries)\b/i, phrase],
  [/\bhave a (?:great|nice|wonderful|lovely|fantastic|good|pleasant|blessed) (?:day|one|evening|weekend|time|rest)\b/i, phrase],
  [
    /\b(?:it['’]?s|it is) (?:also )?(?:important|worth|crucial|essential|vital) (?:to (?:note|remember|mention|consider|keep in mind|understand)|noting|mentioning)\b(?: that)?/i,
    phrase,
  ],
  [
    /\b(?:consult|seek advice from|speak (?:to|with)|see) (?:with )?(?:a|an|your) (?:qualified|licensed|healthcare|medical|legal|financial|certified) (?:professional|advisor|adviser|expert|provider)\b/i,
    phrase,
  ],
  [
    /\bthank(?:s| you)(?: (?:so|very) much)? for (?:reaching out|contacting|getting in touch|your (?:patience|understanding|inquiry|enquiry|question|message|interest|email|query)|choosing us|being (?:a|our) (?:\w+ )?customer|writing (?:in|to us))\b/i,
    phrase,
  ],
  [
    /\b(?:we|I) (?:sincerely |deeply |truly )?apologi[sz]e for (?:any|the) inconvenience\b|\bsorry for any inconvenience\b|\byour (?:call|satisfaction|business|feedback) is (?:very )?important to us\b|\bvalued customer\b|\bwe value your\b|\brest assured\b/i,
    phrase,
  ],
  [
    /\b(?:we|I) (?:\w+ )?appreciate your (?:business|patience|understanding|feedback|interest|loyalty|cooperation|question|support)\b|\byour (?:\w+ )?(?:satisfaction|happiness|comfort|experience) is (?:our|my) \b|\b(?:always |more than )?(?:happy|glad) to (?:help|assist)\s*[.!]/i,
    phrase,
  ],
  [
    /\bin (?:conclusion|summary),|\bto sum (?:it )?up,|\boverall, it(?:['’]s| is)\b|\bdelve into\b|\bnavigat(?:e|ing) the (?:complex|world|landscape)|\bin today['’]s (?:fast-paced|digital)\b/i,
    phrase,
  ],
];

/** The same in other languages. */
const translated: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:ich hoffe,? (?:das|dies|ich konnte)|zögern Sie nicht|melden Sie sich gern|stehe ich (?:Ihnen )?(?:gerne? )?zur Verfügung|kann ich (?:Ihnen |dir )?sonst noch|vielen Dank für (?:Ihre Anfrage|Ihr Verständnis|Ihre Geduld))/i,
    phrase,
  ],
  [
    /j['’]espère que (?:cela|ceci|ça|cette)|n['’]hésite[zs]? (?:pas|surtout pas) à|je (?:reste|suis) à votre (?:entière )?disposition|puis-je vous aider (?:avec|pour) autre|merci (?:de|pour) (?:nous avoir contactés?|votre (?:compréhension|patience|message|demande))/i,
    phrase,
  ],
  [
    /\bespero que (?:esto|esta|te|le)\b|\bno dude[sn]? en\b|\bestoy aquí para ayudar|¿(?:hay|puedo ayudar\w*)[^?\n]{0,25}(?:algo|alguna cosa) más|\bgracias por (?:contactar\w*|ponerte en contacto|su (?:comprensión|paciencia|mensaje|consulta))/i,
    phrase,
  ],
  [
    /\bspero (?:che (?:questo|questa|ti|le)|di esser\w+ stato)\b|\bnon esit(?:i|are|ate) a\b|\bresto a (?:tua|sua|vostra) disposizione|\bespero que (?:isso|isto|tenha)\b|\bnão hesite em\b|\bik hoop dat (?:dit|deze)\b|\baarzel niet om\b/i,
    phrase,
  ],
  [
    /^\s*¡?(?:Claro|Por supuesto|Desde luego)(?: que sí)?[!,.] (?:Con (?:mucho )?gusto|Aquí|Te|Le|Encantad\w|Estaré)|^\s*(?:Bien sûr|Avec plaisir|Certainement|Volontiers) ?[!,.:] ?(?:Voici|Je)|^\s*(?:Natürlich|Gern(?:e)?|Selbstverständlich)[!,.] (?:Hier|Ich|Gerne)|^\s*¡?(?:Excelente|Muy buena|Buena|Gran) pregunta\b|^\s*(?:Excellente|Très bonne|Bonne) question\b|^\s*(?:Gute|Tolle|Sehr gute|Interessante) Frage\b|^\s*(?:Certo|Certamente)[!,.] (?:Ecco|Sono)/,
    opening,
  ],
];

/** What a tenth of the rows says is the style of this data. */
const habit = 0.1;

export function boilerplate(): Detector {
  return patternDetector({ code: 'boilerplate', where: 'answers', find: firstOf([...phrases, ...translated]), habit });
}
