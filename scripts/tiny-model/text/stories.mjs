import { boys, girls } from './words.mjs';

/** Short stories: an opening, a problem, what was tried, how it ended, what was learned. */
const openings = [
  'Once there was a [small|young|cheerful|curious|quiet] {who} named {name}. {Sub} lived [near the {place}|in a(n) {size} house by the {place}|with {pos} {relative} in a village].',
  'One {weather} {day}, {name} [woke up early|went to the {place}|sat by the window|put on {pos} {colour} coat].',
  '{name} was a(n) {kindAdjective} {who} who loved {hobby}. [Every day|Each morning|After school|On weekends], {sub} went to the {place}.',
  '[It was a(n) {weather} day in {season}.|It was the first day of {month}.|The sun was high and the air was {weather}.] {name} and {pos} {relative} walked to the {place}.',
  'There was a(n) {kindAdjective} {job} named {name} in our town. People came to {obj} [from far away|every day|when they needed help].',
  'Long ago, [in a village by the sea|at the foot of a mountain|on a small farm], there lived a {who} called {name}.',
];
const lost = {
  problem: [
    'But that day {name} could not find {pos} {colour} {toy}. {Sub} looked under the bed, behind the door and in the {room}. It was nowhere.',
    '{name} had lost {pos} favorite {toy}. "I had it yesterday," {sub} said. {Sub} felt very {sad}.',
    'When {sub} came home, the {toy} was gone. {name} searched [everywhere|the whole house|every room], but {sub} could not find it.',
  ],
  middle: [
    '{helper} came to help. "[Where did you see it last|When did you last play with it|What did you do yesterday]?" {helper} asked. {name} thought hard. "I was in the {place}," {sub} said. So they went there together.',
    '"Don\'t worry," said {helper}. "[We will look together|Two pairs of eyes are better than one|Things that are lost can be found]." They looked [behind the trees|under the benches|in the long grass|near the gate].',
    '{name} asked {helper}. {helper} had not seen it, but {helper} knew who might. They asked the {job} at the {place}. The {job} smiled and pointed to a(n) {size} {colour} box.',
  ],
  ending: [
    'There it was, [under a leaf|on a bench|behind a big stone|in a(n) {colour} basket]. {name} was so {happy} that {sub} [jumped|laughed|clapped {pos} hands]. "Thank you, {helper}!"',
    'A(n) {smallAnimal} was sleeping next to the {toy}. It looked so peaceful that {name} waited until it woke up. Then {sub} took the {toy} home.',
    'At last {name} saw it. It had been in {pos} own bag all the time. {name} and {helper} laughed until it hurt.',
  ],
  moral: [
    'From then on, {name} always put {pos} things back in their place.',
    'That night {name} thought, "A good friend is better than any {toy}."',
    '{name} learned to stay calm and look again.',
    '',
  ],
};
const help = {
  problem: [
    'On the way {sub} heard a small sound. A(n) {smallAnimal} was [stuck in the mud|caught in a fence|lying under a bush with a hurt leg|shaking with cold].',
    '{name} saw {helper} by the road. {helper} had [dropped all the apples|a heavy bag|lost the way|a flat tire] and looked {sad}.',
    'The old {job} next door was ill and could not [water the garden|feed the animals|carry the wood|go to the market].',
  ],
  middle: [
    '"Can I help?" {name} asked. {Sub} was a little afraid, but {sub} [took a deep breath|stepped closer|knew what to do]. {Sub} worked slowly and carefully.',
    'At first {name} did not know what to do. Then {sub} had an idea. {Sub} ran home and brought [a rope|a blanket|warm water|a basket|a ladder]. "This will do," {sub} said.',
    '{name} tried once, but it did not work. {Sub} tried again. The third time, with some help from {helper}, it worked.',
  ],
  ending: [
    'When it was done, everyone was {happy}. "You are very kind," said {helper}. "[I will not forget this|Come and visit me any time|Please have {food} with us]."',
    'Soon all was well again. {name} walked home in the {weather} evening and felt {happy}.',
    'The next day there was a gift at the door: {food} and a note that said, "Thank you."',
  ],
  moral: ['It is good to help, even when nobody is watching.', '{name} never forgot that day.', 'A little kindness can go a long way.', ''],
};
const learn = {
  problem: [
    '{name} wanted to [play the {instrument}|ride a bicycle|swim across the lake|bake a cake|build a boat|paint a picture], but it was hard. "I can\'t do it," {sub} said.',
    'There was going to be a [race|show|fair|contest] at the {place} on {day}. {name} wanted to take part, but {sub} was afraid to fail.',
    'At school they had to write about {subject}. {name} sat down with a pen, but the page stayed empty.',
  ],
  middle: [
    '"Nobody can do it on the first day," said {helper}. "[Try a little every day|Start with one small step|Let us practice together]." So {name} practiced {time}, again and again.',
    '{helper} showed {obj} how. First slowly, then a bit faster. {name} made many mistakes, but {sub} did not give up.',
    'Every day it went a little better. After {few} weeks, {name} [could do it with closed eyes|did not fall any more|even smiled while {sub} did it].',
  ],
  ending: [
    'On {day}, the big day came. {name} was nervous, but {sub} did {pos} best. [Everyone clapped|{helper} cheered|The people were amazed].',
    'At the end {name} could do it. {Sub} was {happy}. "[You see|I knew it|Well done]," said {helper}.',
    '{name} did not win, but {sub} was not {sad}. {Sub} had learned something new, and that was what counted.',
  ],
  moral: [
    'Practice makes hard things easy.',
    'Since then, {name} tells everyone: "Just begin."',
    'A mistake is only a step on the way.',
    '',
  ],
};
const share = {
  problem: [
    '{name} had {food}, and {helper} had nothing to eat. {name} was hungry too.',
    '{name} and {helper} both wanted to play with the {colour} {toy}. "It is mine!" said {name}. "I had it first!" said {helper}.',
    'There was only one seat left on the bus, and both {name} and {helper} were tired.',
  ],
  middle: [
    'For a while nobody spoke. Then {name} looked at {helper} and saw that {helper} was {sad}. {name} thought about it.',
    '{pos} {relative} saw it and said, "[What would you want if you were in the other place?|Is it more fun alone or together?|There is enough for two.]" {name} did not answer at once.',
    'They argued for a while. Then they were quiet, and both were sorry.',
  ],
  ending: [
    '"Let us share," {name} said at last. They [took turns|cut it in half|sat down together], and it was much more fun that way.',
    '"I am sorry," said {name}. "I am sorry too," said {helper}. They shook hands and were friends again.',
    'In the end they did it together, and both were {happy}.',
  ],
  moral: ['Things are better when they are shared.', 'From that day they were the best of friends.', ''],
};
const visit = {
  problem: [
    '{helper} lived far away, and {name} had not seen {helper} for a long time. "Let us go there," said {pos} {relative}. They packed [a bag|a basket with {food}|two warm coats] and left early.',
    'A letter came. It was from {helper}: "Please come to the {place} on {day}. I have a surprise for you." {name} could hardly wait.',
  ],
  middle: [
    'The train went past [fields and hills|a wide river|small towns and tall trees]. {name} looked out of the window and counted {colour} cows. It began to [rain|snow|get dark].',
    'They took the wrong road and came to a {place} that they did not know. A(n) {kindAdjective} {job} showed them the way. "[Turn left at the bridge|Follow the river|Go straight on and you will see it]," the {job} said.',
  ],
  ending: [
    '{helper} stood at the door and waved. There was {food} on the table, and they talked until late.',
    'The surprise was a(n) {size} {colour} {animal}. "It needs a name," said {helper}. {name} thought for a moment and smiled.',
  ],
  moral: ['On the way home {name} fell asleep, still smiling.', 'It was a day to remember.', ''],
};
const plots = [lost, help, learn, share, visit];

export function story(grammar) {
  const { random } = grammar;
  const girl = random.chance(0.5);
  const name = random.pick(girl ? girls : boys);
  const helper = random.pick([...girls, ...boys].filter((other) => other !== name));
  const [Sub, obj, pos] = girl ? ['She', 'her', 'her'] : ['He', 'him', 'his'];
  const g = grammar.bind({
    name,
    helper,
    Sub,
    obj,
    pos,
    sub: Sub.toLowerCase(),
    who: girl ? 'girl' : 'boy',
    toy: grammar.choose('toy'),
    job: grammar.choose('job'),
    relative: grammar.choose('relative'),
    place: grammar.choose('place'),
  });
  const plot = random.pick(plots);
  const parts = [openings, plot.problem, plot.middle, plot.ending, plot.moral].map((part) => g.write(part)).filter(Boolean);
  return random.chance(0.5) ? parts.join(' ') : parts.join('\n\n');
}
