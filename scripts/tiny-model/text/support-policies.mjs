/** Questions about rules and special cases, with longer answers: what is possible, what is not, and who decides. */
const person = [
  'A live agent can decide about an exception, and I cannot promise one. They are there {days}, {hours}.',
  "I can't look into orders, but a live agent can: {days}, {hours}. Please have the order number ready.",
  "If you are not sure, ask before you send anything. It's quicker than a return that we can't take.",
  'Everything else is in {account}, under Help.',
];

export const policyIntents = [
  {
    topic: 'serial numbers',
    powered: true,
    ask: ['Where is the serial number of my {product}?', 'the form asks for a serial number', 'I cannot read the number on the label.'],
    answer: [
      'The serial number is on a small label on the back or at the bottom of the {product}. It begins with two letters, followed by eight digits.',
      'Look under the {part} first. If the label is gone, the number is also on the box and in the app, under About this device.',
    ],
    close: ['A photo of the label is fine too.', ...person],
  },
  {
    topic: 'returns',
    ask: [
      'Is there a restocking fee?',
      'What does a return cost me?',
      'Why did I get less money back?',
      'how much do you keep if I return it',
    ],
    answer: [
      'There is no restocking fee. If you simply changed your mind, {returnFee} for the return label is taken off the refund; if the {product} is faulty or the wrong one, you pay nothing.',
      'Two things can make a refund smaller: the return label, which costs {returnFee}, and missing parts. What you paid for express shipping is only refunded when the mistake was ours.',
    ],
    close: ['The email about the refund lists each amount.', ...person],
  },
  {
    topic: 'returns',
    ask: [
      'I am {few} days too late to return the {product}.',
      'The {returnDays} days are over. Can you make an exception?',
      'I was in hospital and missed the return date.',
    ],
    lead: ['I understand that this is frustrating.', 'Thank you for being open about it.'],
    answer: [
      'The limit is {returnDays} days from delivery, and I cannot move it. If the {product} is faulty, the warranty still helps you: it runs for {warranty}.',
      "After {returnDays} days a return isn't possible any more. A live agent can look at your case, but please don't count on it. If something is wrong with the {product}, choose Repair instead of Return.",
    ],
    close: person,
  },
  {
    topic: 'returns',
    ask: [
      'Can I return an opened {product}?',
      'I threw away the box.',
      'The {product} is used, but only once.',
      'do i need the original packaging',
    ],
    answer: [
      'Opened is fine, and so is another strong box. The {product} should be clean and look like new, and every part that was in the box has to come back, with the {part}.',
      'Yes. You may try the {product} as you would in a store. Please pack it well, since damage on the way back is otherwise taken off the refund.',
    ],
    close: person,
  },
  {
    topic: 'exchanges',
    ask: [
      'Can I exchange the {product} for another color?',
      'I would like the bigger one instead.',
      'Can I swap it for a new one?',
      'exchange instead of refund?',
    ],
    answer: [
      'We only exchange items that are faulty, damaged or wrong. For another color or size, return the {product} within {returnDays} days and place a new order; that way you also get it sooner.',
      'If it is faulty, choose Exchange in {account} > Orders, and a new {product} leaves as soon as the carrier has scanned the old one. In all other cases it is a return and a new order.',
    ],
    close: person,
  },
  {
    topic: 'delivery',
    ask: [
      'Do I have to be at home for the delivery?',
      'Can the courier leave the parcel with a neighbor?',
      'I missed the delivery.',
      'Can I pick up my order?',
      'I am on holiday when the {product} comes.',
    ],
    answer: [
      'You do not have to be at home. The courier tries twice and then leaves the parcel at the nearest pickup point, where it waits for seven days.',
      'You can choose a neighbor or a safe place with the link in the tracking email, until the evening before. After two tries the parcel goes to a pickup point; bring your ID and the tracking number.',
    ],
    close: ['If nobody picks it up, it comes back to us and we refund it.', ...person],
  },
  {
    topic: 'delivery',
    ask: ['Do you ship to other countries?', 'Can you send it to Canada?', 'do you deliver to a PO box', 'Can you ship to my hotel?'],
    answer: [
      "We ship within the country only, to any street address. We can't ship to other countries, and couriers don't take parcels to a PO box.",
      'Only inside the country, I am sorry. A friend or a forwarding service can take the parcel, but then the warranty is served at the first address.',
    ],
    close: person,
  },
  {
    topic: 'repairs',
    powered: true,
    ask: [
      'How does a repair work?',
      'How long does a repair take?',
      'Do I get a(n) {product} while mine is in repair?',
      'My repair has been with you for {few} weeks.',
    ],
    answer: [
      'A repair takes about ten business days from the day the {product} arrives. You get an email when it arrives, when it is repaired, and when it ships. We have no loan devices.',
      'We look at the {product} first. If it is under warranty, the repair is free; if not, we send you a price and wait for your answer. When it cannot be repaired, you get the same model or one that is as good.',
    ],
    steps: [
      [
        'Save your data and sign out of all accounts.',
        'Open {account} > Repairs and describe the problem in two sentences.',
        'Print the label.',
        'Pack the {product} without the {part}, unless the {part} is the problem.',
      ],
    ],
    close: person,
  },
  {
    topic: 'second-hand products',
    ask: [
      'I bought the {product} second hand. Does the warranty count for me?',
      'My {relative} gave me an old {product}. Is there still a warranty?',
    ],
    answer: [
      'The warranty follows the product and not the buyer. You need the first receipt, and the time is counted from the first delivery: {warranty}.',
    ],
    close: person,
  },
  {
    topic: 'refurbished products',
    ask: ['What does refurbished mean?', 'is a used {product} from you any good'],
    answer: [
      'Refurbished means that it came back, was checked, cleaned and repaired where needed. It may have small marks, works like a new one, and has a shorter warranty of six months.',
    ],
    close: person.slice(3),
  },
  {
    topic: 'other stores',
    ask: ['I bought it at another store. Can you help?', 'Can I return a(n) {product} that I bought in a shop in town?'],
    answer: [
      'A product from another store goes back to that store if you want to return it. For the warranty you can come to us with the dated receipt.',
    ],
    close: person,
  },
  {
    topic: 'privacy',
    ask: ['What do you know about me?', 'Is my data safe?', 'which data do you keep'],
    answer: [
      'We keep your name, address and orders, and the last four digits of the card. You can see and download all of it in {account} > Privacy.',
    ],
    close: person.slice(3),
  },
  {
    topic: 'strange messages',
    ask: [
      'I got a strange email in your name.',
      'Someone called and asked for my password.',
      'Is this email really from you?',
      'i clicked on a link and now i worry',
    ],
    answer: [
      "Please don't open any link in it. We never ask for a password, a full card number or a code by email or phone. Send the message to a live agent and then delete it.",
      'If you gave away a password, change it now, here and wherever you use the same one. If it was the card, call your bank first.',
    ],
    close: ['You did right to ask.', ...person.slice(1, 2)],
  },
  {
    topic: 'changing an order',
    ask: [
      'Can I add a(n) {part} to my order?',
      'I forgot to add the {part}.',
      'Change the color of my {product} to {colour} please.',
      'Can you put two orders into one box?',
    ],
    answer: [
      "An order can't be changed once it is placed, only cancelled within {cancelMinutes}. You can cancel and order again, or place a second order; from {freeFrom} shipping is free.",
      'We cannot join two orders, since they may come from different places. If both are still open, cancel one within {cancelMinutes} and order everything together.',
    ],
    close: person,
  },
  {
    topic: 'what an assistant can do',
    ask: [
      'Can you see my order?',
      'Just refund me now.',
      'Can you call me back?',
      'Please look up order {orderNumber}.',
      'Send me a new {product} today.',
    ],
    answer: [
      "I can't see orders or move money; I can explain the rules and tell you the next step. A live agent can do both, {days}, {hours}, with the order number.",
      'I am the assistant, so I have no access to order {orderNumber}. Open {account} > Orders to see where it is. If something looks wrong there, a live agent will put it right.',
      "I can't promise that, because a live agent has to decide it. What you can do now: open {account} > Orders, choose the {product}, and describe the problem in two sentences.",
    ],
    close: ['Agents answer the chat faster than the phone, most of all in the morning.'],
  },
  {
    topic: 'things that we do not know',
    ask: [
      'When does the next {product} come out?',
      'Will there be a sale in {month}?',
      'Is the {product} made with recycled plastic?',
      'Who makes your {product}?',
      'Which {product} is better, yours or the one from another brand?',
    ],
    answer: [
      "I don't know that, and I don't want to guess. What I can tell you is on the product page, and news comes first in the newsletter.",
      "That isn't something I have been told. A live agent may know more: {days}, {hours}.",
    ],
    close: ['If you buy it now and something better comes, you have {returnDays} days to send it back.'],
  },
  {
    topic: 'sound and picture',
    powered: true,
    ask: ['There is no sound.', 'The picture is too dark.', 'sound comes late on my {product}', 'My {product} shows a black screen.'],
    lead: ['This is nearly always a setting or a cable.', "Let's go from the simple to the rare."],
    answer: [
      'Please check the volume and the cable first. A cable that looks fine can still be loose, so pull it out and push it in again.',
      'If there is a light, the {product} has power, and the signal is the problem. If there is no light, begin with the power.',
    ],
    steps: [
      [
        'Turn the {product} off, wait a minute, and turn it on.',
        'Push in every cable until it clicks.',
        'Try another input, and another cable if you have one.',
        'Set everything back in Settings > Reset. Your account stays.',
      ],
    ],
    close: ['Tell us at which step it changed, and we will take it from there.', ...person],
  },
  {
    topic: 'updates',
    powered: true,
    ask: [
      'How do I update the {product}?',
      'The update stopped at half.',
      'since the update my {product} is slow',
      'Do I have to install every update?',
    ],
    answer: [
      'Updates come by themselves at night when the {product} is charging and online. You can also start one in Settings > About > Update.',
      'Please do not switch it off during an update. If nothing has moved for an hour, hold the power button for fifteen seconds; it goes on where it stopped.',
    ],
    close: [
      'Slow days after an update are normal, since the {product} sorts its files; after that it should be as before.',
      ...person.slice(3),
    ],
  },
];
