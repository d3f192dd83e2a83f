/** What customers ask about orders, returns and payments, and what a good agent answers. */
const sorry = [
  "[I'm sorry|Sorry] about that.",
  "I'm sorry for the [trouble|wait|mix-up].",
  "That's [annoying|not how it should be], and I'm sorry.",
  'Thank you for telling us.',
];
const agent = [
  'If that does not [help|work], a live agent can [look into it|check it with you]: {days}, {hours}.',
  "Still [stuck|nothing]? Write to us again with the order number and we'll [take it from there|look into it].",
  'Live agents are there {days}, {hours}, if you would rather talk to a person.',
  'Please keep the order number at hand; [it makes things faster|the agent will ask for it].',
];

export const orderIntents = [
  {
    topic: 'returns',
    ask: [
      'How do I return my {product}?',
      'I want to send back the {product} I bought.',
      "I don't like the {product}. Can I return it?",
      'is it possible to return a(n) {product} after {few} weeks?',
      'I changed my mind about the {product}, what now?',
      'Return policy?',
    ],
    lead: ['Of course.', 'Yes, you can.', 'No problem.', "Sorry that the {product} didn't work out."],
    answer: [
      'You have {returnDays} days from delivery to return it, in good condition and with all its parts. Once it arrives back, the refund takes {refundDays} business days.',
      'The {product} can come back within {returnDays} days of delivery. Return shipping costs {returnFee}, which we take off the refund; if the item is faulty, it is free.',
      'Returns are open for {returnDays} days. An opened box is fine, as long as nothing is missing. You get the money back the way you paid.',
    ],
    steps: [
      [
        'Open {account} and choose Orders.',
        'Select the {product} and press Start a return.',
        'Print the label and put it on the box.',
        'Take the box to any drop-off point.',
      ],
      [
        'Pack the {product} with all its parts.',
        'Go to {account} and ask for a return label.',
        'Hand the parcel over and keep the receipt.',
      ],
    ],
    close: ['You get an email as soon as the parcel is with us.', ...agent],
  },
  {
    topic: 'refunds',
    ask: [
      'Where is my refund?',
      'I returned the {product} {few} days ago and still no money.',
      'how long does a refund take',
      'Refund for order {orderNumber}?',
      'You got my {product} back last {weekday}. When will I be paid?',
    ],
    lead: sorry,
    answer: [
      'A refund takes {refundDays} business days after we have checked the parcel. Your bank may need [a day or two|a little] more to show it.',
      "I can't see payments from here, but the rule is simple: once the return is checked, the money goes back to the same card within {refundDays} business days.",
      'Please look at {account} > Orders first. If it says "Refunded", the money is on its way; if it says "Received", we are still checking the {product}.',
    ],
    close: ['If {refundDays} business days have passed, send us the order number and we will ask the bank.', ...agent],
  },
  {
    topic: 'shipping',
    ask: [
      'How long does shipping take?',
      'when will my {product} arrive',
      'How much is shipping?',
      'Do you have express delivery?',
      'I need the {product} by {weekday}. Is that possible?',
      'Is shipping free?',
    ],
    answer: [
      'Standard shipping takes {shipDays} business days and costs {shipPrice}. From {freeFrom} it is free.',
      'There are two ways: standard in {shipDays} business days for {shipPrice}, or express in {expressDays} business days for {expressPrice}.',
      "Express takes {expressDays} business days and costs {expressPrice}. I can't promise a day, but it is the fastest way we have.",
      'Orders from {freeFrom} ship free with the standard service, which takes {shipDays} business days. Below that it is {shipPrice}.',
    ],
    close: [
      'You will get a tracking link by email when the parcel leaves us.',
      'Weekends and holidays do not count as business days.',
      ...agent,
    ],
  },
  {
    topic: 'shipping',
    ask: [
      'My order is late.',
      'Where is my {product}? It should have been here on {weekday}.',
      'tracking has not moved for {few} days',
      'Order {orderNumber} still not here!!',
      'It says delivered but I got nothing.',
    ],
    lead: sorry,
    answer: [
      'Most late parcels turn up within [one or two|two] business days. Please check the tracking link first, and ask your neighbors too.',
      "If the tracking hasn't moved for five business days, we treat the parcel as lost. Then you choose: we send the {product} again or refund it.",
      "A parcel is sometimes marked as delivered a day early. If it isn't there by tomorrow, we start a search with the carrier.",
    ],
    steps: [
      [
        'Open {account} and choose Orders.',
        'Press Track and read the last line.',
        'Check the address on the order.',
        'Look near the door and ask the neighbors.',
      ],
    ],
    close: agent,
  },
  {
    topic: 'orders',
    ask: [
      'Can I cancel my order?',
      'I ordered the wrong {product}, please cancel it.',
      'cancel order {orderNumber}',
      'I ordered two by mistake. How do I cancel one?',
    ],
    lead: ['No problem.', 'That happens.', "Let's see."],
    answer: [
      'You can cancel within {cancelMinutes} in {account} > Orders. After that the parcel may already be packed, and the way is to return it, which you can do within {returnDays} days.',
      'If the order still says "Open", press Cancel and you\'re done. If it says "Packed" or "Shipped", please refuse the parcel or send it back.',
      'An order can be cancelled for {cancelMinutes} after you place it. The money is released at once; some banks show it only after {refundDays} business days.',
    ],
    close: agent,
  },
  {
    topic: 'orders',
    ask: [
      'I need to change my address.',
      'wrong address on order {orderNumber}',
      'We are moving next {weekday}. Can you send the {product} to the new place?',
      'I forgot the apartment number.',
    ],
    answer: [
      'You can change the address in {account} > Orders until the order is packed. After that only the carrier can, with the tracking number.',
      "Please do it quickly: open the order, press Edit, and save the new address. Once it is packed, we can't change it any more.",
      "I can't change the order from here, but you can: the address is open until the order is packed, usually for about {cancelMinutes}.",
    ],
    close: ['For the next order, save the new address in {account}.', ...agent],
  },
  {
    topic: 'orders',
    ask: [
      'You sent me the wrong item.',
      'I ordered a(n) {colour} {product} and got a(n) {colour} one.',
      'This is not what I ordered.',
      'wrong {product} in the box',
    ],
    lead: sorry,
    answer: [
      'Please keep the item in its box. We send the right {product} at once, and you get a free label for the wrong one.',
      'That is our mistake, so it costs you nothing. Start a return, choose "Wrong item", and the right {product} leaves as soon as the label is scanned.',
    ],
    steps: [
      [
        'Take a photo of the item and of the label on the box.',
        'Open {account} and choose Orders.',
        'Select "Wrong item" and add the photo.',
      ],
    ],
    close: agent,
  },
  {
    topic: 'orders',
    ask: [
      'The {product} arrived damaged.',
      'My {product} is broken, the box was crushed.',
      'there is a big scratch on my new {product}',
      'The {part} of the {product} is missing.',
      'No {part} in the box?',
    ],
    lead: sorry,
    answer: [
      'A new item should be perfect. You can choose a new {product}, or your money back; both are free for you.',
      'Please take two photos, one of the damage and one of the box, and send them with the order number. We answer within one business day.',
      'If only the {part} is the problem, we can send a new {part} free of charge, which is faster than a return.',
    ],
    close: ['Please do not throw the box away yet.', ...agent],
  },
  {
    topic: 'payments',
    ask: [
      'My card was declined.',
      'Payment does not work.',
      'why cant i pay',
      'The site says payment failed, but my bank says it is fine.',
    ],
    answer: [
      'Most of the time the bank asks for a second check and the window was closed too early. Please try again and wait for the message from your bank.',
      'Please check the card number, the date and the address; they must be the ones your bank knows. If it fails again, try another card.',
    ],
    steps: [
      [
        'Close the page and open it again.',
        'Check the billing address.',
        'Try a second time, or use another way to pay.',
        'If it still fails, ask your bank if it blocked the payment.',
      ],
    ],
    close: ['A failed payment may show for a few days in your account; it is released by itself.', ...agent],
  },
  {
    topic: 'payments',
    ask: [
      'I was charged twice.',
      'two payments for one order?',
      'There is a charge from {shop} that I do not know.',
      'Why is the price on my card higher?',
    ],
    lead: sorry,
    answer: [
      'Often one of the two is only a hold, which falls away after {refundDays} business days. If both are booked, send us the order number and we pay one back.',
      "I can't see your card, so a live agent has to check this with you. Please have the date and the amount ready, but never send the full card number.",
    ],
    close: agent,
  },
  {
    topic: 'payments',
    ask: ['Can I get an invoice?', 'I need a receipt for my taxes.', 'Where do I find the bill for order {orderNumber}?'],
    answer: [
      'Yes. Every invoice is in {account} > Orders: open the order and press Invoice. You can download it as often as you like.',
      'The invoice came with the shipping email. You also find it in {account}, under the order.',
    ],
    close: ['If a name or address on it must change, ask a live agent: {days}, {hours}.'],
  },
  {
    topic: 'gift cards',
    ask: ['How do I use a gift card?', 'my gift card code does not work', 'Where do I type the gift card code?'],
    answer: [
      'Enter the code at the last step, under Payment, and press Apply. What is left on the card stays there for next time.',
      'Please type the code without spaces, at the last step under Payment. The letter O and the number 0 look alike, so try both.',
    ],
    close: agent,
  },
  {
    topic: 'gift cards',
    ask: ['Do gift cards expire?', 'Can I pay half with a gift card?', 'is my old gift card still good'],
    answer: ['Gift cards do not expire. You can pay a part with the card and the rest another way.'],
    close: ['Keep the card until the order has arrived.', ...agent],
  },
  {
    topic: 'discounts',
    ask: ['Do you have a discount code?', 'Is there a student discount?', 'any coupons for a(n) {product}?'],
    answer: ["I can't give out codes, but new ones are in our newsletter. A code works once, and not together with another."],
    close: agent,
  },
  {
    topic: 'discounts',
    ask: ['The promo code is not accepted.', 'my code does not work', 'Why is the discount not taken off?'],
    answer: [
      'A code may be over, or not valid for this {product}. The small print in the email says where it works.',
      'Please check two things: the last day of the code, and the lowest amount. Both are in the email with the code.',
    ],
    close: agent,
  },
  {
    topic: 'prices',
    ask: ['I found the {product} cheaper somewhere else.', 'Do you match prices?', 'The {product} is cheaper now than when I bought it.'],
    answer: [
      "We don't match other shops' prices. If our own price falls within {returnDays} days, you can return the {product} and buy it again.",
    ],
    close: agent,
  },
  {
    topic: 'your account',
    ask: ['I forgot my password.', "can't log in", 'I never got the email to confirm my account.', 'The site does not take my password.'],
    answer: ['Press "Forgot password" on the sign-in page. The email comes within a few minutes; please look into the spam folder too.'],
    steps: [
      [
        'Open the sign-in page.',
        'Press "Forgot password" and type your email.',
        'Open the email and choose a new password.',
        'Sign in again.',
      ],
    ],
    close: ['We never ask for your password, not by email and not on the phone.', ...agent],
  },
  {
    topic: 'your account',
    ask: ['How do I change my email?', 'I have a new phone number.', 'my name is spelled wrong in my account'],
    answer: ['You can change this in {account} > Settings. For your safety we send a code to the old address first.'],
    close: agent,
  },
  {
    topic: 'your account',
    ask: ['Please delete my account.', 'How can I close my account?', 'I do not want any more emails from you.'],
    answer: ['Open {account} > Settings and choose Emails or Delete account. Open orders must be finished first.'],
    close: ['A deleted account cannot be brought back.', ...agent],
  },
  {
    topic: 'opening hours',
    ask: ['When are you open?', 'Can I talk to a person?', 'phone number?', 'I want a human.', 'Are you a robot?'],
    answer: [
      'You can reach a live agent {days}, {hours}.',
      'I am an assistant, not a person. People are here {days}, {hours}, and I can tell you what to have ready.',
      'Of course. The live agents work {days}, {hours}. In {account}, press Contact and choose Chat or Call.',
    ],
    close: ['Have the order number ready, so that you only have to explain it once.'],
  },
  {
    topic: 'gifts',
    ask: ['Can you gift wrap the {product}?', 'Can you leave the price out of the box?', 'Do you wrap presents?'],
    answer: ['We do not wrap gifts, but no price is printed on the paper in the box, so you can send it straight to the person.'],
    close: agent,
  },
  {
    topic: 'gifts',
    ask: ['I got a(n) {product} as a gift. Can I return it?', 'returning a gift without a receipt?'],
    answer: [
      'A gift can be returned within {returnDays} days too. You need the order number or the gift receipt, and you get store credit.',
    ],
    close: agent,
  },
  {
    topic: 'gifts',
    ask: ['It is a present for my {relative}, will it come in time?', 'The birthday is on {weekday}. Is that enough time?'],
    answer: [
      "Standard shipping takes {shipDays} business days. To be on the safe side choose express, {expressDays} business days for {expressPrice}. I can't promise a day.",
    ],
    close: agent,
  },
];
