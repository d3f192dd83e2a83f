/** Clean rows of a clinic's booking desk: made from a table of examinations as scripts make them, and a policy that they agree with. */

import type { Pair } from '../plant.ts';

interface Examination {
  name: string;
  department: string;
  minutes: number;
  price: number;
  /** Hours without food; 0 for none. */
  fasting: number;
  /** Working days until the result is there. */
  result: number;
  bring: string;
  after: string;
}

const examination = (
  name: string,
  department: string,
  minutes: number,
  price: number,
  fasting: number,
  result: number,
  bring: string,
  after: string,
): Examination => ({ name, department, minutes, price, fasting, result, bring, after });

const examinations: readonly Examination[] = [
  examination('chest X-ray', 'radiology', 15, 85, 0, 2, 'older pictures of your lungs', 'You can go back to work straight away'),
  examination('knee MRI', 'radiology', 40, 420, 0, 4, 'the list of any metal implants', 'Nothing special needs to be watched afterwards'),
  examination('abdominal ultrasound', 'radiology', 25, 140, 6, 1, 'a towel for the gel', 'You may eat as soon as it is over'),
  examination('gastroscopy', 'endoscopy', 35, 380, 8, 5, 'someone who takes you home', 'Please do not drive until the next morning'),
  examination(
    'colonoscopy',
    'endoscopy',
    50,
    510,
    12,
    6,
    'the empty bottle of the cleansing drink',
    'Rest at home and drink plenty of water',
  ),
  examination('stress test', 'cardiology', 45, 190, 3, 2, 'running shoes and a shirt', 'Sit in our lounge until your pulse has settled'),
  examination('resting ECG', 'cardiology', 10, 60, 0, 1, 'your medication plan', 'There is nothing to keep in mind'),
  examination(
    'heart echo',
    'cardiology',
    30,
    210,
    0,
    2,
    'earlier letters from your cardiologist',
    'You can carry on with your day as usual',
  ),
  examination(
    'allergy prick test',
    'dermatology',
    60,
    110,
    0,
    1,
    'a list of the remedies you took lately',
    'Itching fades within the evening; a cold cloth helps',
  ),
  examination(
    'mole check',
    'dermatology',
    20,
    95,
    0,
    1,
    'photos that show how the spot has changed',
    'No aftercare is needed unless a sample was taken',
  ),
  examination('hearing test', 'audiology', 30, 70, 0, 1, 'your hearing aids if you own some', 'You get a printed curve to take home'),
  examination('sleep study', 'neurology', 480, 640, 0, 9, 'pyjamas and your own pillow', 'Breakfast is served before you leave the ward'),
  examination(
    'nerve conduction test',
    'neurology',
    55,
    230,
    0,
    3,
    'loose sleeves that roll up well',
    'A little tingling is normal for a while',
  ),
  examination(
    'bone density scan',
    'radiology',
    20,
    120,
    0,
    3,
    'the result of your last scan',
    'Go on taking calcium as your doctor told you',
  ),
  examination(
    'glucose tolerance test',
    'laboratory',
    135,
    90,
    10,
    2,
    'a book, since you wait between samples',
    'Have a snack before you walk home',
  ),
  examination('eye pressure check', 'ophthalmology', 15, 55, 0, 1, 'your current glasses', 'Bright light may dazzle you at first'),
];

const clock = (minutes: number) => (minutes < 90 ? `${minutes} minutes` : `${minutes / 60} hours`);

/** What people ask, in the words of a template, each answered from the table. */
const intents: readonly ((e: Examination) => Pair)[] = [
  ({ name, minutes, department }) => [
    `How long does the ${name} take?`,
    `The ${name} takes about ${clock(minutes)}. Please come to ${department} a quarter of an hour early so that we can fill in the form together.`,
  ],
  ({ name, price }) => [
    `What do I pay for a ${name} without insurance?`,
    `Without insurance the ${name} costs $${price}. You can pay by card at the desk, and we send the receipt by post.`,
  ],
  ({ name, fasting }) => [
    `Do I have to be sober for my ${name}?`,
    fasting === 0
      ? `No, you can eat and drink as you like before the ${name}. Take your usual tablets too.`
      : `Yes. Stop eating ${fasting} hours before the ${name}; small sips of still water are fine until you arrive.`,
  ],
  ({ name, result }) => [
    `When will I hear about the outcome of the ${name}?`,
    `Your doctor has the report on the ${name} after ${result} working ${result === 1 ? 'day' : 'days'} and calls you if something needs attention.`,
  ],
  ({ name, bring }) => [
    `What should I take along to the ${name}?`,
    `For the ${name} we need your referral and your health card. Also pack ${bring}.`,
  ],
  ({ name, after }) => [
    `Anything to watch out for once the ${name} is done?`,
    `${after}. If you feel unwell after the ${name}, ring the ward.`,
  ],
];

/** Questions that come once. */
const others: readonly Pair[] = [
  [
    'Can I move my appointment to another day?',
    'Yes, up to 24 hours before it, in the patient portal under "My visits". Later than that we charge $25 for the empty slot.',
  ],
  [
    'I lost my referral slip, what now?',
    'Ask the practice that wrote it to fax us a copy. We keep your slot as long as the copy is here by the evening before.',
  ],
  [
    'Is there parking close to the entrance?',
    'The garage on Mill Lane is right behind the building. The first 2 hours are free if you have your ticket stamped at reception.',
  ],
  [
    'My daughter is nine. May I stay with her during the examination?',
    'Of course. One parent can stay in the room the whole time, except while X-rays are taken; then you wait behind the glass.',
  ],
  [
    'Do you have interpreters?',
    'We have interpreters for Arabic, Polish and sign language. Tell us when you book, since they need two days of notice.',
  ],
  [
    'How do I get a copy of my images?',
    'Write your name and birth date on the form at the archive window. A disc is ready the next morning and costs $8.',
  ],
  [
    'I am pregnant. Does that matter for my visit?',
    'Please tell the staff before anything starts. X-rays are put off, while ultrasound is safe at any time.',
  ],
  [
    'Which entrance is open at night?',
    'After 8 pm only the emergency gate on the north side is open. Ring the bell and the porter lets you in.',
  ],
  [
    'Can somebody pick up my prescription?',
    'Yes, with a signed note from you and their own identity card. Prescriptions wait at the desk for 10 days.',
  ],
  [
    'I have a fear of tight spaces. How narrow is the tube?',
    'Our scanner has an opening of 70 cm, which most people find bearable. A mild sedative is possible if somebody drives you home.',
  ],
  ['Does the waiting room have Wi-Fi?', 'It does; the network is called Harbour Guest and the password hangs beside the coffee machine.'],
  [
    'Who do I talk to about a bill that looks wrong?',
    'Bring the letter to the billing office on the second floor, or upload a photo of it in the portal. We look into it within 5 working days.',
  ],
  ['Are dogs allowed inside?', 'Only guide dogs may come along. Others can wait in the shaded yard beside the bicycle stands.'],
  [
    'Is the clinic accessible by wheelchair?',
    'All floors have a lift and doors that open by themselves. A wheelchair can be borrowed at the porter against a deposit of $10.',
  ],
  [
    'Can I have a video visit instead?',
    'For talks about results, yes. Choose "video" when you book; the link comes an hour before the talk.',
  ],
  ['When are you least busy?', 'Wednesdays after lunch are calm. On Mondays we have most calls, and waiting times are longest.'],
];

export const clinic: readonly Pair[] = [...intents.flatMap((intent) => examinations.map(intent)), ...others];

export const clinicSystem = 'You answer for the booking desk of Harbour Clinic. Be brief and kind.';

const row = ({ name, department, minutes, price, fasting, result }: Examination) =>
  `| ${name} | ${department} | ${clock(minutes)} | $${price} | ${fasting === 0 ? 'none' : `${fasting} hours`} | ${result} working ${result === 1 ? 'day' : 'days'} |`;

export const clinicFacts = `# Harbour Clinic: booking rules

| examination | department | duration | price | fasting | report |
|---|---|---|---|---|---|
${examinations.map(row).join('\n')}

- Visits can be moved up to 24 hours before; after that an empty slot costs $25.
- Parking on Mill Lane: 2 hours free with a stamp.
- Interpreters (Arabic, Polish, sign language) need 2 days of notice.
- A disc with images costs $8. A borrowed wheelchair takes a deposit of $10.
- After 8 pm the emergency gate is open.
- Prescriptions wait 10 days. Billing questions are answered within 5 working days.
- The scanner, model MX70, has an opening of 70 cm. The link of a video visit comes 1 hour before it.
- Come 15 minutes early. Children under 12 years get 20 % off. The second floor has the billing office.
`;
