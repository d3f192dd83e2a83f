/** Simple true sentences about the world, asked and told. */
const facts = [
  { ask: ['What is the capital of France?', 'Tell me the capital of France.'], answer: ['The capital of France is Paris.'] },
  { ask: ['What is the capital of Italy?'], answer: ['The capital of Italy is Rome.'] },
  { ask: ['What is the capital of Spain?'], answer: ['The capital of Spain is Madrid.'] },
  { ask: ['What is the capital of Germany?'], answer: ['The capital of Germany is Berlin.'] },
  { ask: ['What is the capital of Japan?'], answer: ['The capital of Japan is Tokyo.'] },
  { ask: ['What is the capital of Egypt?'], answer: ['The capital of Egypt is Cairo.'] },
  {
    ask: ['Why is the sky blue?'],
    answer: ['Sunlight is made of many colors. The air scatters blue light more than red light, so the sky looks blue.'],
  },
  {
    ask: ['Why do leaves fall in autumn?', 'Why do trees lose their leaves?'],
    answer: [
      'In autumn the days get short and cold. The tree saves water and strength for the winter, so it lets the leaves fall. In spring new ones grow.',
    ],
  },
  {
    ask: ['What do bees do?', 'Why are bees important?'],
    answer: [
      'Bees fly from flower to flower and collect nectar, from which they make honey. On the way they carry pollen, so that plants can make fruit and seeds.',
    ],
  },
  {
    ask: ['How many days are in a week?'],
    answer: ['There are seven days in a week: Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday.'],
  },
  { ask: ['How many months are in a year?'], answer: ['A year has twelve months. It begins with January and ends with December.'] },
  { ask: ['What are the four seasons?', 'Name the seasons.'], answer: ['The four seasons are spring, summer, autumn and winter.'] },
  {
    ask: ['What is the largest planet?', 'Which planet is the biggest?'],
    answer: ['Jupiter is the largest planet of our solar system. It is so big that more than a thousand Earths would fit inside.'],
  },
  {
    ask: ['What is the moon?'],
    answer: ['The moon is a ball of rock that moves around the Earth. It does not shine by itself; we see the light of the sun on it.'],
  },
  {
    ask: ['Why does it rain?', 'Where does rain come from?'],
    answer: [
      'The sun warms the sea and the water rises as vapor. High in the cold air it turns into small drops, which form clouds. When the drops are heavy enough, they fall as rain.',
    ],
  },
  { ask: ['What do cows eat?'], answer: ['Cows eat grass and hay. They chew their food twice, which takes many hours a day.'] },
  { ask: ['Can penguins fly?'], answer: ['No, penguins cannot fly. Their wings are like fins, and they swim very well.'] },
  { ask: ['How do fish breathe?'], answer: ['Fish breathe with gills. Water flows over them, and the gills take the oxygen out of it.'] },
  {
    ask: ['What is a map?'],
    answer: ['A map is a picture of a place from above. It shows roads, rivers and towns, and it helps you to find your way.'],
  },
  {
    ask: ['What does a doctor do?'],
    answer: ['A doctor helps people who are ill or hurt. The doctor asks questions, looks for the cause, and says what to do.'],
  },
  {
    ask: ['What is a library?'],
    answer: ['A library is a place with many books. You can read there, or take books home for a few weeks and bring them back.'],
  },
  {
    ask: ['Why should I brush my teeth?'],
    answer: ['Food stays on your teeth and makes them soft. If you brush them twice a day, they stay clean and strong.'],
  },
  {
    ask: ['Why do we sleep?', 'Is sleep important?'],
    answer: ['When we sleep, the body rests and repairs itself, and the mind keeps what we learned. Most people need about eight hours.'],
  },
  {
    ask: ['What is ice?'],
    answer: ['Ice is frozen water. Water freezes when it gets colder than zero degrees Celsius, which is 32 degrees Fahrenheit.'],
  },
  {
    ask: ['How does a battery work?'],
    answer: [
      'A battery stores energy in chemicals. When it is connected, the energy flows out as electricity until the battery is empty. Some batteries can be charged again.',
    ],
  },
  {
    ask: ['What is Wi-Fi?'],
    answer: [
      'Wi-Fi connects devices to the internet without a cable. A router sends radio waves, and your phone or laptop sends waves back.',
    ],
  },
  {
    ask: ['What is a warranty?'],
    answer: ['A warranty is a promise of the maker. If a product has a defect within a certain time, it is repaired or replaced for free.'],
  },
  {
    ask: ['What is an invoice?'],
    answer: ['An invoice is a list of what was bought, with the price and the date. A shop sends it so that you know what to pay.'],
  },
  { ask: ['What is a refund?'], answer: ['A refund is money that a shop gives back, for example when you return a product.'] },
  {
    ask: ['Where do polar bears live?'],
    answer: ['Polar bears live in the Arctic, in the far north, where it is cold and there is a lot of ice.'],
  },
  { ask: ['How many legs does a spider have?'], answer: ['A spider has eight legs. Insects have six, so a spider is not an insect.'] },
  { ask: ['What is honey?'], answer: ['Honey is a sweet food that bees make from nectar. They keep it for the winter.'] },
  {
    ask: ['What is the ocean?'],
    answer: ['The ocean is the salt water that covers most of the Earth. It is home to fish, whales and many plants.'],
  },
  {
    ask: ['Why do we have day and night?'],
    answer: ['The Earth turns once around itself in a day. The side that looks at the sun has day, and the other side has night.'],
  },
  { ask: ['What colors make green?'], answer: ['Blue and yellow make green.'] },
  {
    ask: ['Who are you?', 'What is your name?', 'What can you do?'],
    answer: ['I am a small language model. I can write short texts and answer simple questions, but I make many mistakes.'],
  },
  { ask: ['Can you help me?', 'Hello, I need help.'], answer: ['[Of course|Yes, gladly|Sure]. What is it about?'] },
  { ask: ['Hello!', 'Hi', 'Good morning.', 'hey there'], answer: ['Hello! How can I help you today?', 'Hi! What can I do for you?'] },
];
const numbers = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
];

function sum(random) {
  const [a, b] = [random.below(10), random.below(9)];
  const asked = random.chance(0.5) ? `What is ${a} plus ${b}?` : `How much is ${numbers[a]} and ${numbers[b]}?`;
  return [asked, random.chance(0.5) ? `${a} plus ${b} is ${a + b}.` : `It is ${numbers[a + b]}.`];
}

function rewriting(g) {
  const fixed = g.bind({ who: g.choose('person'), thing: g.choose('toy'), at: g.choose('place'), when: g.choose('time') });
  const sentence = fixed.write('{who} took the {colour} {thing} to the {at} {when}.');
  const tasks = [
    [`Who is this sentence about?\n\n${sentence}`, fixed.write('It is about {who}.')],
    [`${sentence} Where was the ${fixed.bound.thing}?`, fixed.write('It was at the {at}.')],
    [`Repeat this sentence:\n\n${sentence}`, sentence],
    [`${sentence} When was that?`, fixed.write('It was {when}.')],
  ];
  return g.random.pick(tasks);
}

function question(g) {
  const kind = g.random.next();
  if (kind < 0.15) return sum(g.random);
  if (kind < 0.45) return rewriting(g);
  const fact = g.random.pick(facts);
  return [g.write(fact.ask), g.write(fact.answer)];
}

/** One to three questions with their answers. */
export function factChat(grammar) {
  const turns = Array.from({ length: 1 + grammar.random.below(3) }, () => question(grammar));
  return turns.map(([ask, answer]) => `<|im_start|>user\n${ask}<|im_end|>\n<|im_start|>assistant\n${answer}<|im_end|>`).join('\n');
}
