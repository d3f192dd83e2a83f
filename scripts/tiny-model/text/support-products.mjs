/** What customers ask about products, repairs and warranty. */
const sorry = [
  "That's [annoying|frustrating], especially with a new {product}.",
  'Sorry to hear that.',
  "Let's get it working again.",
  'A few quick checks will tell.',
];
const warranty = [
  'If it stays like this, the warranty of {warranty} covers it: we repair or replace the {product}.',
  'If nothing helps, it is a case for the warranty ({warranty}). Start it in {account} with the order number.',
  'Tell us what happened at each step, and a live agent will take over: {days}, {hours}.',
];

const agentHours = ['A live agent can help you {days}, {hours}.'];

export const productIntents = [
  {
    topic: 'a product that does not work',
    powered: true,
    ask: [
      "My {product} won't turn on.",
      'the {product} is dead',
      'The {product} stopped working after {few} weeks.',
      'My {product} switches itself off.',
      'new {product} does nothing at all',
    ],
    lead: sorry,
    answer: [
      'Most of the time it is the power and not the {product}.',
      'Please check the power first, then reset it once.',
      'This is often solved by a reset, which deletes nothing.',
    ],
    steps: [
      [
        'Unplug the {product} and wait one minute.',
        'Plug it into another outlet, without an extension cord.',
        'Hold the power button for ten seconds.',
        'Look for a light. If there is one, wait two minutes.',
      ],
      [
        'Charge it for at least an hour with another cable.',
        'Press the power button for fifteen seconds.',
        'Let go, wait, and press it once more.',
      ],
    ],
    close: warranty,
  },
  {
    topic: 'Wi-Fi problems',
    powered: true,
    ask: [
      "My {product} won't connect to the Wi-Fi.",
      'wifi keeps dropping on the {product}',
      'I have a new router and now the {product} is offline.',
      'The app does not find my {product}.',
    ],
    lead: sorry,
    answer: [
      'Please make sure that the phone and the {product} are in the same network.',
      'Many devices only use the 2.4 GHz network, so check that it is switched on in your router.',
      'A new router means a new network, so the {product} has to be set up again. Your settings stay.',
    ],
    steps: [
      [
        'Restart the router and wait three minutes.',
        'Turn the {product} off and on.',
        'Open the app and choose Add a device.',
        'Type the password slowly; capital letters count.',
      ],
      ['Move the {product} closer to the router.', 'Forget the network and join it again.', 'Install the update, if there is one.'],
    ],
    close: warranty,
  },
  {
    topic: 'charging',
    powered: true,
    ask: ['my {product} is not charging', 'The {product} does not charge any more.', 'no charging light on the {product}'],
    lead: sorry,
    answer: ['Please try another cable and another outlet. A weak charger is the most common reason.'],
    steps: [
      ['Clean the contacts with a dry cloth.', 'Use the cable that came in the box.', 'Charge it for two hours and look at the light.'],
    ],
    close: warranty,
  },
  {
    topic: 'batteries',
    powered: true,
    ask: ['The battery does not last.', 'How long should I charge the {product}?', 'the battery is empty after {few} hours'],
    answer: [
      'A first charge of two to three hours is best. After that, charge it when it is below a fifth; it does not have to be empty.',
      'A battery gets weaker with the years. Cold and bright screens empty it faster.',
    ],
    close: warranty,
  },
  {
    topic: 'safety',
    powered: true,
    ask: ['The {product} gets hot while charging.', 'My {product} smells burnt.', 'there was smoke from the {product}'],
    answer: [
      'Please unplug it at once if you can do that safely, let it cool down on a hard floor, and do not use it again. A live agent will replace it or look at it.',
      'Warm is normal, but smoke, a burnt smell or a case that is too hot to hold is not. Stop using the {product} and keep it away from anything that can burn.',
    ],
    close: ['Live agents are there {days}, {hours}.', 'Please do not send it by mail before an agent has told you how.'],
  },
  {
    topic: 'warranty',
    ask: ['How long is the warranty?', 'Do I need the receipt?', 'what does the warranty cover', 'Do I have to register the {product}?'],
    answer: [
      'The warranty is {warranty} from delivery. It covers defects in material and work, but not drops, water or normal wear.',
      'The warranty is {warranty}. You need the order number or a dated receipt; you do not have to register the {product}.',
    ],
    close: ['The form is in {account}, under Repairs.', ...warranty.slice(2)],
  },
  {
    topic: 'warranty',
    ask: ['Is water damage covered?', 'I dropped my {product}. Is that covered?', 'my {relative} sat on the {product}'],
    lead: ['Oh no.', 'That can happen.'],
    answer: ['Sorry, drops and water are not covered. We can repair the {product} for a fee, and you know the price before we start.'],
    close: ['The form is in {account}, under Repairs.', ...warranty.slice(2)],
  },
  {
    topic: 'warranty',
    ask: ['my {product} broke after the warranty ended', 'The {product} is older than {warranty}. Can you still repair it?'],
    answer: [
      'After the warranty we repair for a fee. If it is only a few days over, ask a live agent; sometimes an exception is possible, but I cannot promise one.',
    ],
    close: warranty.slice(2),
  },
  {
    topic: 'spare parts',
    ask: [
      'Can I buy a new {part} for my {product}?',
      'I lost the {part}.',
      'how much is a(n) {part}',
      'The {part} is broken, do I need a whole new {product}?',
    ],
    answer: [
      'Yes, the {part} is sold on its own for {partPrice}. Search for "{part}" in the shop and choose your {product}.',
      'You do not need a new {product}: a(n) {part} costs {partPrice}. If yours broke by itself within {warranty}, it is free.',
    ],
    close: ['Parts from other makers may fit, but we have not tested them.'],
  },
  {
    topic: 'spare parts',
    ask: [
      'Is the {part} of the old {product} the same?',
      'Does the {part} fit every {product}?',
      'will a(n) {part} from another shop fit?',
    ],
    answer: [
      "I'm not sure about that one, and I don't want to guess. The number is on the label at the bottom; send it to us and an agent will compare.",
    ],
    close: ['Parts from other makers may fit, but we have not tested them.'],
  },
  {
    topic: 'cleaning and care',
    powered: true,
    ask: [
      'How do I clean the {product}?',
      'can the {part} go in the dishwasher?',
      'How do I look after my new {product}?',
      'There is a bad smell in my {product}.',
    ],
    answer: [
      'Unplug it first and let it cool down. A soft, damp cloth is enough; strong cleaners can hurt the surface.',
      'Please do not put any part with a cable into water. The {part} can be cleaned by hand with warm water and a little soap.',
    ],
    steps: [
      ['Switch the {product} off.', 'Wipe it with a soft, damp cloth.', 'Clean the {part} on its own.', 'Let everything dry for an hour.'],
    ],
    close: ['Once a month is enough for most homes.', 'If a part comes loose, stop and write to us.'],
  },
  {
    topic: 'set-up',
    powered: true,
    ask: [
      'How do I set up the {product}?',
      'I lost the manual.',
      'Is the {product} hard to put together?',
      'setting up the new {product}, where do i start',
    ],
    answer: [
      'It takes about ten minutes, and you need no tools.',
      'The manual is also on the page of the {product}, under Downloads.',
      'Take everything out of the box first and check that the {part} is there.',
    ],
    steps: [
      [
        'Take off all the tape.',
        'Attach the {part} until it clicks.',
        'Plug in the {product} and switch it on.',
        'Follow the pictures in the short guide.',
      ],
      [
        'Put the {product} on a flat place.',
        'Connect the power.',
        'Choose your language and the time.',
        'Try it once before you put it away.',
      ],
    ],
    close: warranty.slice(2),
  },
  {
    topic: 'products',
    ask: ['What is the difference between the {colour} and the {colour} {product}?', 'Does the {product} come in {colour}?'],
    answer: ['Only the color is different; inside they are the same. The product page shows the colors that we have.'],
    close: ['If it is not right, you have {returnDays} days to send it back.'],
  },
  {
    topic: 'products',
    ask: ['when is the {product} back in stock', 'The {product} is sold out.', 'Can I order the {product} before it is there?'],
    answer: ['I don\'t know when it comes back. Press "Tell me" on the product page and you get an email on the day it does.'],
    close: agentHours,
  },
  {
    topic: 'products',
    ask: ['Which {product} should I buy for my {relative}?', 'Is the small {product} enough?', 'Is the {product} good for every day?'],
    answer: [
      'For most people the small one is enough. If it is used every day, the large one lasts longer.',
      "I don't know your {relative}, so I can only say what most people choose: the {colour} one, since it is easy to use.",
    ],
    close: ['If it is not right, you have {returnDays} days to send it back.'],
  },
  {
    topic: 'products',
    ask: ['How heavy is the {product}?', 'What size is the {product}?', 'how tall is the box of the {product}'],
    answer: [
      "I don't have that detail, and I don't want to guess. The product page has a list of sizes, and a live agent can measure it for you.",
    ],
    close: agentHours,
  },
  {
    topic: 'noise',
    powered: true,
    ask: ['The {product} makes a strange noise.', 'my {product} is so loud', 'There is a clicking sound from the {part}.'],
    lead: sorry,
    answer: [
      'A short click is normal; a grinding sound is not. Please switch it off and look at the {part}.',
      'It often helps to put it on a flat floor and to fix the {part} again.',
    ],
    steps: [
      [
        'Switch it off and unplug it.',
        'Take off the {part} and look for something stuck.',
        'Put the {part} back until it clicks.',
        'Try again on a flat place.',
      ],
    ],
    close: warranty,
  },
  {
    topic: 'recycling',
    powered: true,
    ask: ['What do I do with my old {product}?', 'can I throw the battery away?', 'Do you take old devices back?'],
    answer: [
      'Please do not throw it into the normal trash. Many towns have a place for old devices, and it is free.',
      'You can send an old {product} back with the label from {account}. We recycle it for free.',
      'Batteries go to a battery box, which most stores have near the door. Tape over the ends first.',
    ],
  },
  {
    topic: 'complaints',
    ask: [
      'This is the worst service ever.',
      'I have written three times and nobody answers!',
      'I want to complain about my order.',
      'I am very angry about this {product}.',
    ],
    lead: [
      "I'm sorry. You should not have to ask twice.",
      'I understand that you are upset, and I would be too.',
      "That isn't the service you should get.",
    ],
    answer: [
      'Tell me the order number and what happened in one or two sentences, and I will pass it to a live agent, so that you do not have to start again.',
      'A live agent can decide what I cannot. They are there {days}, {hours}, and a complaint gets an answer within two business days.',
    ],
    close: ['Thank you for giving us the chance to put it right.'],
  },
];
