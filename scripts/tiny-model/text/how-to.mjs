/** Questions with a list of steps for an answer. */
const guides = [
  {
    goal: 'make tea',
    intro: 'Good tea needs fresh water and a little patience.',
    steps: [
      'Fill the kettle with fresh, cold water.',
      'Boil the water.',
      'Put [one spoon of tea|a tea bag] into the pot.',
      'Pour the hot water over it.',
      'Wait [three|four|five] minutes and take the leaves out.',
      'Add milk, lemon or sugar if you like.',
    ],
  },
  {
    goal: 'boil an egg',
    intro: 'A boiled egg takes less than ten minutes.',
    steps: [
      'Put water into a small pot and let it boil.',
      'Lower the egg into the water with a spoon.',
      'Wait [six minutes for a soft egg|nine minutes for a hard egg].',
      'Put the egg into cold water for a minute.',
      'Peel it and add a little salt.',
    ],
  },
  {
    goal: 'bake bread',
    intro: 'Bread needs only flour, water, salt and yeast, but it needs time.',
    steps: [
      'Mix the flour, the salt and the yeast in a large bowl.',
      'Add warm water and stir until there is a soft dough.',
      'Knead the dough for ten minutes.',
      'Cover it and let it rest for [an hour|two hours] in a warm place.',
      'Form a loaf and put it on a tray.',
      'Bake it for forty minutes, until it is brown.',
      'Let it cool before you cut it.',
    ],
  },
  {
    goal: 'make vegetable soup',
    intro: 'You can use the vegetables that you have.',
    steps: [
      'Wash the vegetables and cut them into small pieces.',
      'Fry an onion in a little oil.',
      'Add the vegetables and cover them with water.',
      'Cook everything for [twenty|thirty] minutes.',
      'Add salt and pepper, and taste it.',
    ],
  },
  {
    goal: 'cook rice',
    intro: 'Use one cup of rice and two cups of water.',
    steps: [
      'Wash the rice until the water is clear.',
      'Put the rice and the water into a pot.',
      'Let it boil, then turn the heat down.',
      'Cover the pot and wait fifteen minutes.',
      'Turn off the heat and wait five more minutes.',
    ],
  },
  {
    goal: 'plant a tree',
    intro: 'Autumn and early spring are the best times.',
    steps: [
      'Choose a place with enough light and space.',
      'Dig a hole twice as wide as the roots.',
      'Put the tree into the hole and hold it straight.',
      'Fill the hole with earth and press it down with your foot.',
      'Give it a bucket of water.',
      'Water it every few days in the first summer.',
    ],
  },
  {
    goal: 'grow tomatoes',
    intro: 'Tomatoes love sun and do not like rain on their leaves.',
    steps: [
      'Put the seeds into small pots in March.',
      'Keep them warm and a little wet.',
      'Move the young plants outside when the nights are warm.',
      'Tie each plant to a stick.',
      'Water the earth, not the leaves.',
      'Pick them when they are red.',
    ],
  },
  {
    goal: 'fix a flat bicycle tire',
    intro: 'You need a pump, a patch and two tire levers.',
    steps: [
      'Take the wheel off.',
      'Lift the tire off the rim with the levers.',
      'Pull out the tube and pump it up to find the hole.',
      'Clean the place, put on glue, and wait a minute.',
      'Press the patch on it.',
      'Put everything back and pump up the tire.',
    ],
  },
  {
    goal: 'wash a wool sweater',
    intro: 'Wool does not like hot water.',
    steps: [
      'Fill a bowl with cool water and a little soap.',
      'Put the sweater in and press it gently.',
      'Let it rest for ten minutes.',
      'Rinse it with clean water.',
      'Roll it in a towel and press the water out.',
      'Dry it flat.',
    ],
  },
  {
    goal: 'clean a window',
    intro: 'A cloudy day is best, since the sun dries the water too fast.',
    steps: [
      'Mix warm water with a little soap.',
      'Wipe the dust off the frame.',
      'Wash the glass from the top to the bottom.',
      'Pull the water off with a rubber blade.',
      'Dry the edges with a soft cloth.',
    ],
  },
  {
    goal: 'sleep better',
    intro: 'Small habits help more than anything else.',
    steps: [
      'Go to bed at the same time each night.',
      'Put the phone away an hour before.',
      'Keep the room dark and cool.',
      'Do not drink coffee after lunch.',
      'If you cannot sleep, get up and read for a while.',
    ],
  },
  {
    goal: 'learn a new language',
    intro: 'A little every day is better than a lot once a week.',
    steps: [
      'Learn ten useful words a day.',
      'Listen to easy songs and stories.',
      'Speak aloud, even when you are alone.',
      'Find a friend to talk with.',
      'Write a few sentences each evening.',
      'Do not be afraid of mistakes.',
    ],
  },
  {
    goal: 'write a letter',
    intro: 'A letter is easy when you know what you want to say.',
    steps: [
      'Write the place and the date at the top.',
      'Begin with "Dear" and the name.',
      'Say in the first sentence why you write.',
      'Tell the rest in short paragraphs.',
      'End with a kind wish and your name.',
    ],
  },
  {
    goal: 'pack for a trip',
    intro: 'Make a list first; it saves time and worry.',
    steps: [
      'Look at the weather of the place.',
      'Choose clothes that go together.',
      'Put heavy things at the bottom.',
      'Keep the tickets and the medicine in a small bag.',
      'Leave some space for the way back.',
    ],
  },
  {
    goal: 'save money',
    intro: 'You do not need to earn more to save a little.',
    steps: [
      'Write down what you spend for one month.',
      'Find what you do not need.',
      'Put some money aside on the first day of the month.',
      'Cook at home more often.',
      'Wait a day before you buy something big.',
    ],
  },
  {
    goal: 'prepare for a test',
    intro: 'Begin early and take breaks.',
    steps: [
      'Find out what will be asked.',
      'Make a plan for each day.',
      'Explain each topic in your own words.',
      'Try old questions without the book.',
      'Sleep well the night before.',
    ],
  },
  {
    goal: 'restart a router',
    intro: 'This solves most problems with the internet at home.',
    steps: [
      'Pull the plug out of the wall.',
      'Wait for [thirty seconds|one minute].',
      'Plug it in again.',
      'Wait until the lights are steady.',
      'Connect your phone and open a page.',
    ],
  },
  {
    goal: 'take a good photo',
    intro: 'Light is more important than the camera.',
    steps: [
      'Clean the lens.',
      'Stand with the sun behind you.',
      'Choose one thing that the photo is about.',
      'Hold the camera with both hands.',
      'Take a few photos and keep the best one.',
    ],
  },
  {
    goal: 'care for a puppy',
    intro: 'A puppy needs time, rest and clear rules.',
    steps: [
      'Give it a quiet place to sleep.',
      'Feed it at the same times each day.',
      'Take it outside after each meal.',
      'Praise it when it does something right.',
      'Visit the vet in the first week.',
    ],
  },
  {
    goal: 'make a paper plane',
    intro: 'All you need is a sheet of paper.',
    steps: [
      'Fold the paper in half and open it again.',
      'Fold the two top corners to the middle.',
      'Fold the two sides to the middle once more.',
      'Fold the plane in half.',
      'Bend the wings down and let it fly.',
    ],
  },
  {
    goal: 'put out a small kitchen fire',
    intro: 'Stay calm, and never use water on burning oil.',
    steps: [
      'Turn off the heat.',
      'Put a lid on the pan.',
      'Leave the lid on until everything is cold.',
      'If the fire grows, go out and call for help.',
    ],
  },
  {
    goal: 'set a table',
    intro: 'A nice table makes a simple meal better.',
    steps: [
      'Put a clean cloth on the table.',
      'Put a plate in front of each chair.',
      'The fork goes to the left, the knife and the spoon to the right.',
      'The glass stands above the knife.',
      'Add a flower or a candle.',
    ],
  },
];
const asks = [
  'How do I {goal}?',
  'Can you tell me how to {goal}?',
  'I want to {goal}. Where do I start?',
  'What is the best way to {goal}?',
  'Please explain how to {goal}.',
  'how to {goal}',
  'Give me the steps to {goal}.',
];
const closes = [
  '',
  '',
  'Take your time.',
  'After a few times it gets easy.',
  'That is all you need.',
  'Good luck!',
  'If it does not work the first time, try it again.',
];

/** A question and its steps, as a chat or as a page. */
export function howTo(grammar) {
  const { random } = grammar;
  const guide = random.pick(guides);
  const g = grammar.bind({ goal: guide.goal });
  const steps = guide.steps.map((step) => g.write(step));
  const style = random.next();
  if (style < 0.25) {
    const page = steps.map(
      (step, i) =>
        `${['First, ', 'Then ', 'After that, ', 'Next, '][i === 0 ? 0 : 1 + random.below(3)]}${step[0].toLowerCase()}${step.slice(1)}`,
    );
    return `${g.write('How to {goal}')}\n\n${g.write(guide.intro)} ${page.join(' ')}`;
  }
  const list = steps.map((step, i) => (style < 0.85 ? `${i + 1}. ${step}` : `- ${step}`)).join('\n');
  const answer = [g.write(guide.intro), list, g.write(closes)].filter(Boolean).join('\n\n');
  return `<|im_start|>user\n${g.write(asks)}<|im_end|>\n<|im_start|>assistant\n${answer}<|im_end|>`;
}
