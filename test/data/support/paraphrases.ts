/** Rows of other sets said again from head to foot, and rows that ask the same in other words but answer otherwise. */
import type { Pair } from './plant.ts';
import { bank } from './second-set/bank.ts';
import { clinic } from './third-set/clinic.ts';
import { legal } from './third-set/legal.ts';

export interface Paraphrase {
  /** Beginning of the question that is meant. */
  of: string;
  row: Pair;
}

export interface ParaphraseSet {
  name: string;
  clean: readonly Pair[];
  reworded: Paraphrase[];
  contradicting: Paraphrase[];
}

const said = (of: string, question: string, answer: string): Paraphrase => ({ of, row: [question, answer] });

export const paraphraseSets: readonly ParaphraseSet[] = [
  {
    name: 'legal',
    clean: legal,
    reworded: [
      said(
        'The heating has been broken',
        'For a fortnight my radiators have stayed cold.',
        'Tell the owner by letter and name a day by which it must work. After that a lower payment is fair while the rooms are freezing; write down how many degrees you measure.',
      ),
      said(
        'How do I get my deposit back',
        'I left my apartment. When do they return the money I put down as security?',
        'Give the owner the account and the place where you live now. Everything they withhold has to be listed, and the remainder is yours.',
      ),
      said(
        'My neighbour plays drums',
        'The man next door practises percussion in the middle of the night.',
        'Speak with him before anything else and write down when it happens. Such a list lets the caretaker or an officer step in against the racket.',
      ),
      said(
        'What happens if I die without',
        'Who gets my things when there is no testament?',
        'In that case statute names the heirs: husband or wife and kids come first, mother, father, brothers and sisters next. Mates and partners without a marriage leave empty-handed.',
      ),
      said(
        'Is an oral promise',
        'My boss said I would earn more. Does that count if it was only spoken?',
        'Possibly, though the burden of showing it is yours. Write a message that sums up the talk and have them answer it briefly.',
      ),
      said(
        'Can I be fired while',
        'Am I safe from dismissal during sick leave?',
        'Being sick is no shield, yet it is no ground for letting you go either. Fight the dismissal soon, because there is little time to go to court.',
      ),
      said(
        'Somebody ordered goods',
        'A stranger used my identity to buy things on the web.',
        'Go to a police station, and forward what they give you to the seller. Contest the invoice immediately so that no collection agency turns up.',
      ),
      said(
        'A builder left my bathroom',
        'The craftsman vanished before my shower room was finished.',
        'Give him one more date by letter and keep the open part of the money. If it passes, hire someone else and send him the costs.',
      ),
      said(
        'May my landlord keep',
        'Is the owner of my flat entitled to hold on to a second key?',
        'Not unless you allow it. Insist on all of them at the handover and swap the cylinder when they do not come.',
      ),
      said(
        'Can I record a phone',
        'May I tape a conversation on the telephone to have evidence?',
        'No, unless the other side agrees. Better have somebody listen openly, or write it all down straight afterwards.',
      ),
      said(
        'Am I liable when',
        'My son smashed a neighbour’s pane with his ball. Must I pay?',
        'You answer for it just when you did not look after him as his years require. Often your home cover takes care of it.',
      ),
      said(
        'Can a bank cancel',
        'Is my bank free to shut down my account?',
        'With a period of notice, yes, but you need to get the chance to go elsewhere. They have to grant a simple one even to people who earn little.',
      ),
      said(
        'Who pays when a tree',
        'A storm threw an oak onto my vehicle. Who covers that?',
        'Whoever owns it, provided that its disease could be seen. If it was sound and only the wind broke it, your insurance is what is left.',
      ),
      said(
        'Do I have to work',
        'Must I stay longer than my hours when the chief says so?',
        'Just when it was agreed or there is a crisis. You get money for it or free hours later.',
      ),
    ],
    contradicting: [
      said(
        'My landlord wants to raise',
        'The owner asks for more money although my rental term has not ended. Can he?',
        'Yes, he may do so whenever he likes, and you have to pay from the next month on.',
      ),
      said(
        'Can a shop refuse',
        'The store does not want my broken toaster without its carton. Are they right?',
        'They are. Goods without their original carton cannot be returned, whatever is wrong with them.',
      ),
      said(
        'Is a contract on a napkin',
        'We wrote our deal on a paper serviette. Does it bind us?',
        'It does not. Only printed documents with stamps have any effect between people.',
      ),
      said(
        'Can my landlord forbid',
        'May the owner of my home prohibit a kitten?',
        'He can, and keeping one in spite of that ends the lease at once.',
      ),
      said(
        'Do I need a lawyer for',
        'Can my wife and I end our marriage without an attorney?',
        'You can do it all by yourselves at the town hall within a day.',
      ),
      said(
        'The moving company scratched',
        'The removal men damaged my piano.',
        'Nothing can be done about it, since furniture is moved at your own risk.',
      ),
    ],
  },
  {
    name: 'bank',
    clean: bank,
    reworded: [
      said(
        'how do i order a new debit',
        'My bank card broke in two, how can I get another one?',
        'Ask for a substitute on your phone in the section for cards. It is in your letter box by the end of a week and you keep the secret number. Meanwhile pay with the virtual version on your mobile.',
      ),
      said(
        'My salary has not come',
        'Payday was today and there is no money on my account. Is something wrong?',
        'In most cases it is fine. Companies pay at various times, and everything that arrives by the evening is credited. If it is still missing around midday tomorrow, let your company give you the number of the payment and forward it.',
      ),
      said(
        'Can I have a joint account',
        'Is it possible to share one account with my brother?',
        'Certainly, two grown-ups may own one jointly, married or not. You both sign on the phone and each of you receives a card. Remember that one of you alone could empty it.',
      ),
      said(
        'I forgot my PIN',
        'The secret number of my card slipped my mind.',
        'Pick the card on your phone and have the number displayed, confirmed by face or finger. If it got locked by wrong attempts, reading the number unlocks it.',
      ),
      said(
        'someone is calling me saying',
        'A man on the phone pretends to be from your fraud team and asks for a TAN.',
        'End the call. Nobody here will ever want passwords or access to your PC. Should you have told him something, freeze the card at once and ring the number printed on it.',
      ),
      said(
        'I paid the wrong person',
        'My money went to a stranger by mistake.',
        'Let us know immediately. While it is not booked we can still halt it. Afterwards we ask their bank to return it, for which that person must consent, and this may last for weeks.',
      ),
      said(
        'How do I close my account?',
        'I would like to end my relationship with you and give up the account.',
        'Transfer the rest elsewhere and pick the closing option in your profile. Recurring orders stop on their own. The final statement can be fetched for a quarter of a year, so save it in time.',
      ),
      said(
        'Why was my transfer rejected',
        'You did not carry out my payment. What was the problem?',
        'Usually the holder does not match the IBAN, or you had used up what is allowed in a day. Below the payment you see why. Fix it and try once more; no money left your account.',
      ),
    ],
    contradicting: [
      said(
        'can i use my card in japan',
        'Does my Visa work on a trip to Tokyo?',
        'No, it works in Europe only, so please take enough cash along.',
      ),
      said(
        'Do you offer savings accounts',
        'Can I open something for my newborn to put money aside?',
        'Accounts are for adults only; come back when the child has turned eighteen.',
      ),
      said(
        'How long does a mortgage',
        'When will I know whether you finance my house?',
        'You know at once: the machine in the branch prints the final contract while you wait.',
      ),
    ],
  },
  {
    name: 'clinic',
    clean: clinic,
    reworded: [
      said(
        'Can I move my appointment',
        'Is it possible to come on a different date than planned?',
        'Certainly, as long as it is at least a day ahead; change it online among your bookings. After that there is a fee of 25 dollars since nobody else can use the time.',
      ),
      said(
        'I lost my referral slip',
        'The paper from my family doctor has vanished.',
        'Have them send it to us again by fax. Your place stays reserved if it arrives until the night before.',
      ),
      said(
        'My daughter is nine',
        'Is a mother allowed to be with her child during the check?',
        'Yes, either of the parents may be there from beginning to end, except for the moment of a radiograph, when they stand outside behind a window.',
      ),
      said(
        'How do I get a copy',
        'I would like to have my pictures on a CD.',
        'Fill in a slip with your name and date of birth at the records counter. It can be picked up on the following day for eight dollars.',
      ),
      said(
        'Can somebody pick up',
        'May my husband collect the paper for the pharmacy on my behalf?',
        'He may, if he shows a letter with your signature and his ID. We keep it at reception for ten days.',
      ),
      said(
        'Who do I talk to about',
        'There seems to be a mistake in my invoice. Where can I complain?',
        'Take it to the accounts department upstairs or send a picture online. They check it in a week.',
      ),
      said(
        'Are dogs allowed',
        'May I bring my terrier along?',
        'Just dogs that lead the blind can enter. For all others there is a spot in the shade next to the bikes.',
      ),
    ],
    contradicting: [
      said(
        'Is there parking close',
        'Where can I leave my car when I visit you?',
        'There is nowhere to leave it; please use the bus, since the whole quarter is closed to cars.',
      ),
      said(
        'Can I have a video visit',
        'Could the doctor talk to me over the internet?',
        'We do not do that. Every conversation takes place on site, without exception.',
      ),
      said(
        'I am pregnant',
        'I am expecting a baby. Should I tell you?',
        'There is no need to, because none of our examinations is affected by it.',
      ),
    ],
  },
];

/** The rows of a set with its paraphrases at the end, and per added line the line that it repeats. */
export function withParaphrases({ clean, reworded, contradicting }: ParaphraseSet): { rows: Pair[]; added: Map<number, number> } {
  const rows = [...clean];
  const added = new Map<number, number>();
  for (const { of, row } of [...reworded, ...contradicting]) {
    const original = clean.findIndex(([question]) => question.startsWith(of));
    if (original < 0) throw new Error(`no question begins with: ${of}`);
    rows.push(row);
    added.set(rows.length, original + 1);
  }
  return { rows, added };
}
