/** Clean rows of a tenants' and consumers' advice desk, each written by hand. */

import type { Pair } from '../plant.ts';

export const legalInstruction = 'Answer the question for a layperson. Do not cite paragraphs.';

export const legal: readonly Pair[] = [
  [
    'My landlord wants to raise the rent in the middle of a fixed lease. Is that allowed?',
    'Usually not. A fixed lease fixes the rent too, unless the contract has a clause that names the step and the date. Ask for that clause in writing.',
  ],
  [
    'The heating has been broken for two weeks.',
    'Report it in writing today and set a deadline. If nothing happens, you may pay less rent for as long as the flat is cold; keep a log of the temperatures.',
  ],
  [
    'How do I get my deposit back after moving out?',
    'Send your new address and bank details to the landlord. They have to account for what they keep, item by item, and pay out the rest.',
  ],
  [
    'Can a shop refuse to take back a faulty toaster because I threw away the box?',
    'No. The packaging has nothing to do with your rights when goods are faulty. A receipt or a card statement is enough as proof.',
  ],
  [
    'I signed a gym contract at the front door. Can I get out of it?',
    'Contracts made at the door can be cancelled within the cooling-off period. Write a short letter, name the contract, and keep the proof that you sent it.',
  ],
  [
    'My neighbour plays drums at midnight.',
    'Talk first, then keep a diary of the nights and hours. With the diary the building manager or the police can act against the noise.',
  ],
  [
    'What happens if I die without a will?',
    'The law then decides who inherits: first your spouse and children, then parents and siblings. Friends and unmarried partners get nothing.',
  ],
  [
    'Do both partners have to sign a lease?',
    'Only those who sign are bound by it. If both of you live there, it is fairer that both sign, since then each can stay if the other leaves.',
  ],
  [
    'An airline cancelled my flight the night before. What can I claim?',
    'You can choose between a refund and another flight. On top of that a fixed sum is due unless the cause lay outside the control of the airline.',
  ],
  [
    'The used car I bought has had an accident that nobody mentioned.',
    'A private seller must not hide what they know. Collect the workshop report and the advert, then demand either a lower price or your money back.',
  ],
  [
    'Is an oral promise of a pay rise binding?',
    'It can be, but you will have to prove it. Follow up with a mail that repeats what was said and ask for a short reply.',
  ],
  [
    'How long must I keep my tax papers?',
    'Keep notices until they can no longer be changed, and proof of large purchases as long as you own the thing. When in doubt, scan before you shred.',
  ],
  [
    'My employer reads my private mails at work. May he?',
    'Not without a reason and not in secret. If private use is forbidden by contract, he may check that rule, yet not the content of clearly private letters.',
  ],
  [
    'Can I be fired while I am ill?',
    'Illness alone does not protect you from a notice, but it does not justify one either. Contest it quickly, since the deadline to sue is short.',
  ],
  [
    'I got a fine for parking although the machine was broken.',
    'Take a photo of the machine and send it with an objection. Use your parking disc in such a case, as it counts as a ticket.',
  ],
  [
    'Somebody ordered goods in my name.',
    'File a report with the police and send a copy to the shop. Dispute the bill at once, otherwise a debt collector may show up later.',
  ],
  [
    'My internet is far slower than promised.',
    'Measure it on several days with the official tool. With these records you can cut the price or leave the contract early.',
  ],
  [
    'A builder left my bathroom half done.',
    'Set a last deadline in writing and withhold the rest of the payment. After that another firm can finish it at his expense.',
  ],
  [
    'Do I need a lawyer for a divorce?',
    'At least one spouse needs one to file the petition. If you agree on everything, the other may simply consent, which saves a lot of money.',
  ],
  [
    'May my landlord keep a spare key?',
    'Only if you agree. You can ask for every key when you move in, and change the lock if one is missing.',
  ],
  [
    'How do I object to a court order for payment?',
    'Tick the box on the form that came with it and send it back in time. You need not give reasons at this stage.',
  ],
  [
    'The online shop has gone bankrupt and I already paid.',
    'Register your claim with the administrator. If you paid by card, ask the bank for a chargeback, which often works faster.',
  ],
  [
    'Can I record a phone call as proof?',
    'Not without the consent of the other person. A witness who listens with their knowledge, or notes made right after, are the better way.',
  ],
  [
    'My brother contests our mother’s will.',
    'He has to show that she was not of sound mind or was pressed. Collect letters from her doctor and names of people who saw her at the time.',
  ],
  [
    'Am I liable when my child breaks a window?',
    'Only if you failed to watch it as one may expect for its age. Many household policies cover the damage in any case.',
  ],
  [
    'The moving company scratched my piano.',
    'Note the damage on the delivery slip before you sign. Hidden marks must be reported soon after; photos with a date help.',
  ],
  [
    'Do I have to let the meter reader in?',
    'Yes, if the visit was announced and is at a usual hour. You may ask for a badge and propose another date.',
  ],
  [
    'Can a bank cancel my account just like that?',
    'It can end it with notice, but must give you time to move. A basic account cannot be refused for lack of income.',
  ],
  [
    'My ex does not pay child support.',
    'The youth office can step in with an advance and collect the money from him. Bring the birth certificate and any agreement that exists.',
  ],
  [
    'Is a contract on a napkin valid?',
    'For most things yes, since form is free. Land, wills and guarantees are the exceptions, which need more than a signature.',
  ],
  [
    'Someone copied photos from my website.',
    'Take screenshots with the date and ask for removal and a licence fee. If they ignore you, a lawyer can send a formal warning.',
  ],
  [
    'May I sublet a room while I study abroad?',
    'Ask for permission and give a reason, such as the costs. A landlord can refuse only if there is something about the person that speaks against it.',
  ],
  [
    'How can I correct a mistake in my credit record?',
    'Ask the agency for a free copy of your file. Mark what is wrong, add proof, and they must correct or block the entry.',
  ],
  [
    'My holiday flat looked nothing like the pictures.',
    'Complain on the spot and ask for another one. Later you can claim part of the price, so collect pictures and names of witnesses.',
  ],
  ['Do I have to work overtime?', 'Only if the contract or an emergency calls for it. It must be paid or given back as time off.'],
  [
    'Can my landlord forbid a cat?',
    'Small animals are always fine; cats and dogs need a weighing of interests. A blanket ban in the form contract does not hold.',
  ],
  [
    'I want to leave a phone contract because I move abroad.',
    'Moving to a place where the provider has no network gives you a special right to end it. Attach the proof that you registered there.',
  ],
  [
    'The insurer says I reported the damage too late.',
    'Late notice matters only if it made the matter worse for them. Explain the delay and insist on a written reason.',
  ],
  [
    'What is the difference between a warranty and a guarantee?',
    'The first is a duty of the seller by law; the second is a voluntary promise of the maker. You can use whichever suits you.',
  ],
  [
    'My flat is smaller than the contract says.',
    'If the gap is large, rent can be cut for the whole time. Have it measured by somebody neutral before you write.',
  ],
  [
    'Can I refuse a parcel left with a neighbour?',
    'You can tell the carrier not to do so. What is handed to a neighbour without your wish counts as not delivered.',
  ],
  [
    'Who pays when a tree falls on my car?',
    'The owner of the tree, if it was visibly sick. After a storm with a healthy tree, your own cover has to help.',
  ],
  [
    'My boss did not give me a reference.',
    'You have a claim to one that is kind and complete. Ask in writing and set a date; the labour court helps if nothing comes.',
  ],
  [
    'How do I protect my invention before I show it to investors?',
    'File an application first, or at least have them sign a secrecy agreement. Once it is public, it is too late for a patent.',
  ],
  [
    'The police want to search my bag at the station.',
    'In certain areas they may without suspicion. Stay calm, ask for the reason and, if you object, have that noted.',
  ],
  [
    'I bought concert tickets and the date was changed.',
    'A new date you cannot attend lets you give back the ticket. Write to the organiser, not to the ticket shop.',
  ],
  [
    'Can a minor buy a phone online?',
    'Without consent of the parents the deal hangs in the air. If they say no, it is void and both sides give back what they got.',
  ],
  [
    'My pension notice seems too low.',
    'Compare the periods it lists with your own papers. Missing years can be added later if you show proof of them.',
  ],
  [
    'A dating site extended my membership by itself.',
    'Automatic extension is only valid by the month now. Cancel with the button they must provide and claim the excess back.',
  ],
  [
    'Do I have to accept a repair, or can I demand a new device?',
    'You may choose at first. If the choice would cost the seller far more than the other way, he can insist on the cheaper one.',
  ],
];
