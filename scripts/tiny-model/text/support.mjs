import { policySentences, shop } from './shops.mjs';
import { orderIntents } from './support-orders.mjs';
import { policyIntents } from './support-policies.mjs';
import { productIntents } from './support-products.mjs';

const intents = [...orderIntents, ...productIntents, ...policyIntents];
const instructions = [
  "Answer the customer's question as a [helpful|friendly|polite] {shop} support agent.",
  'Reply to the customer of {shop}. Be [clear|short|kind] and say what happens next.',
  'You work for {shop}. Help the customer with {topic}.',
  "Answer the customer's question about {topic} as a helpful agent of {shop}. State the rules and explain the next step.",
];
const systems = [
  'You are the support assistant of {shop}.',
  'You are a helpful agent at {shop}. Answer in a few short sentences.',
  'You help customers of {shop}. If you do not know something, say so and hand over to a live agent.',
];
const thanks = ['thanks!', 'Thank you, that helps.', 'ok great', 'Perfect, thanks so much.', 'Thanks. That was quick.', 'ok will try that'];
const welcome = [
  "You're welcome. [Have a good day!|Enjoy your {product}.|Write again if anything else comes up.]",
  '[Glad to help|Happy to help|My pleasure]. [If it happens again, just write to us.|Is there anything else?|Have a nice {day}.]',
  'Good luck! If it does not work, a live agent can take it from there, {days}, {hours}.',
];

/** How people really type: some leave out capitals, marks or letters. */
function typed(random, text) {
  let out = text;
  if (random.chance(0.3)) out = out.toLowerCase();
  if (random.chance(0.2)) out = out.replace(/[.?!]$/, '');
  if (random.chance(0.1)) out = out.replace(/ you /g, ' u ').replace(/please/i, 'pls');
  return out;
}

const turn = (role, content) => `<|im_start|>${role}\n${content}<|im_end|>\n`;

/** A chat between a customer and a shop's agent, in the chat form that the model learns. */
export function supportChat(grammar) {
  const { random } = grammar;
  const chosen = random.sample(intents, random.chance(0.2) ? 2 : 1);
  const g = grammar.bind(
    shop(
      random,
      chosen.some((intent) => intent.powered),
    ),
  );
  const turns = [];
  const { topic } = chosen[0];
  const rules = random.sample(Object.values(policySentences), 1 + random.below(3));
  const style = random.next();
  if (style < 0.3) turns.push(turn('system', g.write(systems)));
  else if (style < 0.5) turns.push(turn('system', g.write(`${random.pick(systems)} ${rules.join(' ')}`)));
  chosen.forEach((intent, i) => {
    const question = typed(random, g.write(intent.ask));
    const instruction = i === 0 && style > 0.7 ? `${g.bind({ topic }).write(instructions)}\n\n` : '';
    turns.push(turn('user', instruction + question), turn('assistant', answer(g, intent, random.pick(rules))));
  });
  if (random.chance(0.15)) turns.push(turn('user', random.pick(thanks)), turn('assistant', g.write(welcome)));
  return turns.join('').trimEnd();
}

function answer(g, intent, rule) {
  const { random } = g;
  const parts = [];
  const lead = intent.lead && random.chance(0.7) ? `${g.write(intent.lead)} ` : '';
  parts.push(lead + g.write(intent.answer));
  if (intent.close && random.chance(0.08)) parts.push(g.write(rule));
  if (intent.steps && random.chance(0.75)) {
    const steps = g.random.pick(intent.steps);
    const mark = random.chance(0.75) ? (i) => `${i + 1}.` : () => '-';
    parts.push(
      `${g.write(['Here is how:', 'Please do this:', 'Try this first:', 'The steps are:'])}\n\n${steps.map((step, i) => `${mark(i)} ${g.write(step)}`).join('\n')}`,
    );
  }
  if (intent.close && random.chance(0.7)) parts.push(g.write(intent.close));
  return parts.join('\n\n');
}
