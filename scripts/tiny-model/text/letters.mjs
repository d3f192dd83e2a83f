/** Letters, diary pages and short descriptions: plain prose that is no story. */
const letters = [
  'Dear {friend},\n\nthank you for your letter. I was {happy} to hear from you. Here it is {weather}, and {relativeName} and I spend a lot of time [in the garden|by the river|at home].\n\n{news}\n\n{plan}\n\n[Best wishes|Yours|With love],\n{name}',
  'Hi {friend},\n\n{news} {plan}\n\n[See you soon|Take care|Write back soon],\n{name}',
  'Dear Sir or Madam,\n\nI am writing about {business}. {request}\n\nThank you for your help.\n\nYours sincerely,\n{name}',
];
const business = [
  'the {toy} that I ordered in {month}',
  'the noise in our street',
  'the room that I would like to rent',
  'the music lessons on {weekday}',
  'the letter that I got from you on {weekday}',
  'the job of a(n) {job}',
];
const request = [
  '[Could|Would] you please tell me [how long it will take|what I have to do|whom I can ask]?',
  'I would like to know the price and the first possible date.',
  'Please call me {time}; I am at home on {weekday}.',
  'I have all the papers here and can bring them on {weekday}.',
];
const news = [
  'Last {weekday} we went to the {place}. It was {weather}, so we [stayed only an hour|took a long walk|ate {food} under a tree].',
  'I have started {hobby}. It is harder than I thought, but I like it more each week.',
  'Our {animal} is [well again|bigger now|still afraid of the rain]. It sleeps in the {room} and follows me everywhere.',
  'At work there is a lot to do. The new {job} is {kindAdjective}, and we laugh a lot.',
  'The {instrument} lessons are going well. I can play {few} songs now.',
  'We painted the {room} {colour}. It took the whole weekend, but it looks nice.',
];
const plan = [
  'Would you like to visit us in {month}? We could go to the {place} together.',
  'Next {weekday} I have some time. Shall we meet {time}?',
  'In {season} we want to travel to the sea. I hope that it will not be too {weather}.',
  'Please tell me what you think about it.',
];
const diary = [
  '{day}. It was {weather} today. I got up [early|late|at seven] and had {food} for breakfast. {news} In the evening I was tired but {happy}.',
  '{day}. {news} Then I met {friend}, and we talked about {hobby}. {plan}',
  '{day}. A(n) {weather} day. I stayed at home and read a book about a(n) {kindAdjective} {job}. Later I cleaned the {room} and cooked {food}.',
];
const scenes = [
  'The {room} is {size}, with {colour} walls and one window. On the table there is a(n) {colour} lamp, and next to it lies a book. Outside it is {weather}. A(n) {animal} sits on the wall and looks in.',
  'In {season} the {place} is a(n) {kindAdjective} place. People walk along the path, children play with a(n) {colour} {toy}, and somebody plays the {instrument}. When it gets dark, everyone goes home.',
  'The {job} opens the door at seven. The first people are already waiting. "Good morning," they say, and the {job} smiles. By noon everything is sold, and the {job} sits down with {food} and a cup of tea.',
  'My {relative} has a(n) {animal}. It is {size} and {colour}. It likes to sleep in the {room} and to play in the garden. When my {relative} comes home, it runs to the door.',
  'Our street is short. On the left there is a school, and on the right a(n) {colour} house where a(n) {job} lives. At the end of the street you can see the {place}.',
];

export function prose(grammar) {
  const { random } = grammar;
  const [name, friend] = random.sample(grammar.lists.person, 2);
  const g = new grammar.constructor(
    random,
    { ...grammar.lists, news, plan, business, request },
    {
      name,
      friend,
      relativeName: `my ${grammar.choose('relative')}`,
      job: grammar.choose('job'),
      animal: grammar.choose('animal'),
      relative: grammar.choose('relative'),
    },
  );
  return g.write(random.pick([letters, diary, scenes]));
}
