/** Clean rows of another trade than Zenith's: questions to a small bank, and its answers. */
export const bank: readonly (readonly [question: string, answer: string])[] = [
  [
    'how do i order a new debit card, mine snapped',
    'You can order a replacement in the app under Cards, Replace card. It arrives within five working days and your PIN stays the same. Until then the digital copy in your phone wallet keeps working.',
  ],
  [
    'What does it cost to send money to Norway?',
    'Transfers in euros inside the SEPA area are free, and Norway belongs to it. If you send kroner instead, we charge 0.4 % with a minimum of 3 euros, and show the rate before you confirm.',
  ],
  [
    'My salary has not come in yet. Should I worry?',
    'Usually not. Employers hand in their payments at different hours, and we book what reaches us until 7 pm the same day. If nothing is there by tomorrow noon, ask your employer for the payment reference and send it to us.',
  ],
  [
    'Can I have a joint account with my sister?',
    'Yes, any two adults can hold an account together; you do not have to be married. Both of you sign in the app, and each gets a card. Keep in mind that either of you can spend the whole balance.',
  ],
  [
    'I forgot my PIN',
    'Open the app, choose the card and tap Show PIN. You confirm it with your fingerprint or face. If the card was blocked after three wrong tries, it opens again as soon as you have looked the PIN up.',
  ],
  [
    'is there a limit on cash withdrawals',
    'There is: 500 euros a day and 2,000 a week, unless you change it. Under Cards, Limits you can go up to 1,500 a day. Higher limits need a short call with us, because that is where most fraud happens.',
  ],
  [
    'How long does a mortgage decision take?',
    'You get a first answer within two working days and the binding offer about ten days after all papers are in. The valuation of the house is what most often takes longer, so book it early.',
  ],
  [
    'someone is calling me saying they are from the bank and want a code',
    'Hang up, please. We never ask for a code, a password or remote access to your computer. If you gave one away already, block your card in the app right now and then call the number on its back.',
  ],
  [
    'Do you offer savings accounts for kids?',
    'Yes, from birth. A parent opens it in the app with the birth certificate. The child can see the balance from age seven and gets a prepaid card from ten, with limits that you set.',
  ],
  [
    'What is the interest on the overdraft?',
    'It is 8.9 % a year on what you actually use, counted by the day and booked at the end of the quarter. If you are in the overdraft for most of the month, an instalment loan is cheaper.',
  ],
  [
    'I paid the wrong person',
    'Tell us right away. If the transfer is still pending, we stop it. Once it is booked, we can ask the other bank to send it back, but the recipient has to agree, and that can take a few weeks.',
  ],
  [
    'can i use my card in japan',
    'You can, at most machines and shops that show the Visa sign. We add 1.5 % for the exchange. Small restaurants often take cash only, so withdraw a larger sum once instead of many small ones.',
  ],
  [
    'Why was my transfer rejected?',
    'Most often the name and the account number do not belong together, or the daily limit was reached. The app shows the reason under the payment. Correct it there and send it again; nothing was taken from your account.',
  ],
  [
    'How do I close my account?',
    'Move what is left to another account, then choose Profile, Close account. Standing orders end by themselves. Your last statement stays in the app for three months, so download it before then.',
  ],
  [
    'what happens to the account when somebody dies',
    'We are sorry you have to deal with this. Send us the death certificate; we then stop the cards and keep the account open for bills. The heirs decide together once they have the certificate of inheritance.',
  ],
  [
    'Can I split a purchase into instalments afterwards?',
    'Purchases from 100 euros can be split within 60 days. Tap the purchase, choose Pay in parts and pick three, six or twelve months. You see the full cost before you say yes.',
  ],
  [
    'My card payment was charged twice',
    'One of the two is often only a reservation and disappears after a few days. If both are booked, tap the second one, choose Report a problem, and we give the money back while we look into it.',
  ],
  [
    'Do you have a branch in Lyon?',
    'No, our branches are all in the north. You can do almost everything in the app or by phone, and cash can be paid in at any partner supermarket for a small fee.',
  ],
  [
    'how safe is my money with you',
    'Deposits are protected by law up to 100,000 euros for each customer. That covers current and savings accounts, though not shares or funds, which belong to you anyway and would not fall to our creditors.',
  ],
  [
    'I want to raise my credit card limit',
    'Open Cards, Credit limit and tell us your monthly income. Small raises are decided at once. For a larger one we look at the last three salaries, which takes about a day.',
  ],
  [
    'What documents do I need to open an account?',
    'A passport or identity card and your tax number. The rest happens by video in the app and takes ten minutes. If you have just moved here, a rental contract helps when your address is not on the card.',
  ],
  [
    'can my mother use my account, she is 84 and cannot do it herself',
    'It is better to give her a power of attorney the other way round: she names you for her own account. The form is under Documents; both of you sign it, once, in a branch or by video.',
  ],
  [
    'Is instant transfer free?',
    'Yes, since last year it costs the same as a normal one: nothing. The money arrives within ten seconds, at night as well. The other bank has to take part; if it does not, the app tells you.',
  ],
  [
    'How do I see what subscriptions I pay?',
    'Tap Overview, then Regular payments. The list holds everything that was taken more than twice by the same company. You can stop a direct debit there, but remember to end the contract itself too.',
  ],
  [
    'my phone was stolen with the app on it',
    'Call us so that we can lock the app on that phone; nobody gets in without your fingerprint, but it is safer. Afterwards install it on the new phone and confirm with your card and PIN.',
  ],
  [
    'What is the difference between a fund and a share?',
    'A share is a piece of one company. A fund holds many of them, so one bad year of a single company hurts less. Funds take a yearly fee for that, which you find on the first page of their fact sheet.',
  ],
  [
    'Can I pay in coins?',
    'Up to 50 coins a day are free at the counter. For more, sort them into bags by value and bring them on a weekday before noon. We count them while you wait.',
  ],
  [
    'I am moving abroad. May I keep the account?',
    'Inside the European Union you may. Change the address in the app and send us your new tax number. Outside of it we have to close the account after six months, because the law there asks things of us that we cannot do.',
  ],
  [
    "What does a banker's draft cost?",
    'A draft costs 15 euros. Order it in a branch by 11 and collect it the next day. Many sellers now take an instant transfer instead, which is free and quicker for both sides.',
  ],
  [
    'why do you need to know where my money comes from',
    "The law asks every bank to check larger sums, so please don't take it personally. A contract of sale, a payslip or a letter from the notary is enough. We keep the paper for five years and nobody else sees it.",
  ],
  [
    'How can I set up a standing order?',
    'Tap Payments, Standing order, and choose the recipient, the sum and the day. It runs until you stop it, or until the end date if you set one. Changes made before 8 pm count for the next day.',
  ],
  [
    'Is there a student account?',
    'There is, free of charge until you turn 28. Send us your certificate of enrolment once a year. It comes with a card without foreign fees, which helps if you spend a term abroad.',
  ],
  [
    'can you remove a late fee',
    'We can do that once a year as a courtesy. Write to us in the app with the date of the fee. If the payment was late because of a mistake on our side, we always give the money back.',
  ],
  [
    'What is a balance transfer?',
    'You move the debt of one credit card to another that asks for less interest. With us it costs 2 % once and then nothing for nine months. It only helps if you stop using the old card.',
  ],
  [
    'How do I dispute a charge from a gym I left',
    'Send the gym a written notice first and keep a copy. If they go on charging, tap the payment, choose Dispute and attach the notice. We take the money back and the gym has 45 days to object.',
  ],
  [
    'Does the app work without internet?',
    'You can see the last balance it loaded, and paying with the phone works a few times. For transfers you need a connection. In planes and tunnels it is best to have the card with you.',
  ],
  [
    'my daughter turns 18 next month what changes',
    'Her account becomes a full one on her birthday. She signs the new terms in the app and your access ends that day. Her card, number and standing orders stay as they are.',
  ],
  [
    'What is the rate for a car loan right now?',
    'It starts at 4.2 % a year for new cars and 4.9 % for used ones, over up to seven years. What you get depends on your income and on how old the car is. The calculator in the app shows your own rate without any effect on your score.',
  ],
  [
    'can i get a statement for the tax office',
    'Certainly. Under Documents, Tax you find a yearly statement with all interest and fees; it is ready from mid February. For a single month, filter the list and choose Download.',
  ],
  [
    'How do I change my address?',
    'Go to Profile, Address, and enter the new one. We send a letter there with a code, which you type in to confirm. If you have a loan with us, that contract is changed along with it.',
  ],
  [
    'I did not get the letter with the code',
    'Letters take up to four working days. Look first whether your name is on the letter box. After that you can have a new one sent from the same page; the old code then no longer works.',
  ],
  [
    'Do you buy foreign currency?',
    'We do, notes only, in dollars, pounds, francs and yen. Bring them to any branch on weekdays. Other currencies we pass on to a partner, and the money is in your account two days later.',
  ],
  [
    'what is a bic',
    'It is the international name of a bank, eight or eleven letters and digits long. Inside Europe you no longer need it for payments in euros. Ours stands on your card and on every statement.',
  ],
  [
    'Can I withdraw money without my card?',
    "At our own machines, yes. Choose Cash by code in the app, type the code at the machine within 15 minutes and take up to 200 euros. Other banks' machines cannot read it.",
  ],
  [
    'How much can I borrow for a house?',
    'As a rule of thumb, your monthly rate should stay under a third of your net income. With 3,000 euros that is about 1,000 a month. Add your savings and leave a tenth of the price for taxes and the notary.',
  ],
  [
    'the machine kept my card',
    'It does that after three wrong PINs or when a card is out of date. It cannot be given back on the spot. Order a new one in the app, free of charge, and use your phone to pay until it comes.',
  ],
  [
    'Is there a fee for an account with little money in it?',
    'No. The account is free whatever the balance, as long as something moves once a quarter. After a year without any movement we ask whether you still need it.',
  ],
  [
    'What is two-step login and must I use it?',
    'After the password you confirm each login on your phone. It is required by law for payment accounts. Once a phone is known to us, we only ask every 90 days when you merely look at the balance.',
  ],
  [
    'can i have a card in another colour',
    'You can choose between green, slate and recycled white when you order one. Changing the colour of a card that still works costs 6 euros. The number stays the same if you tick that box.',
  ],
  [
    'How do I report a scam website?',
    'Forward the link to us through Help, Report fraud, and do not open it again. We pass it on to the police and to the browser makers. If you typed anything in there, change your password at once.',
  ],
  [
    'What happens if I miss a loan payment?',
    'We try again after five days, and you pay no fee for the first time. If money is tight, tell us before the date: we can pause the loan for up to three months, which costs less than a reminder.',
  ],
  [
    'does paying early save money',
    'It does, because interest only runs on what is left. You may pay back 5 % a year free of charge. Beyond that, a loan for a house has a fee for the lost interest, and we tell you the sum beforehand.',
  ],
  [
    'Can I name savings pots?',
    'Yes, up to ten of them, each with its own picture and goal. Money in a pot still earns interest. You can move it back at any moment, so nothing is locked away.',
  ],
  [
    'How do I add a beneficiary?',
    'Under Payments, New recipient, enter the name and the account number. The app checks whether both belong together. After the first payment the person is kept in your list.',
  ],
  [
    'my balance looks wrong',
    'The upper figure is what is booked, the lower one what you can spend; card payments lie between the two for a day or two. Pull the list down to load it anew. If a payment is one you do not know, tap it and report it.',
  ],
  [
    'What does the pause card button do?',
    'It stops all payments with that card until you press it again. Standing orders and transfers go on. It is made for cards that are probably just under the sofa.',
  ],
  [
    'Are there any ethical investments?',
    'There are four funds without weapons, coal and tobacco, and one that only buys green bonds. You find them with the filter Sustainable. Read what each leaves out, because that word is used loosely in our trade.',
  ],
  [
    'how do i get a credit score copy',
    'The agencies must give you a free copy once a year. Our app links to the form of each under Profile, Score. Check the old addresses in it; mistakes there are what lowers most scores.',
  ],
  [
    'Can two people approve payments in a business account?',
    'Yes. Turn on Two signatures under Team and set from which sum it counts. The first person prepares the payment, the second sees it on their own phone and approves it.',
  ],
  [
    'What is the cut-off for transfers today?',
    'Normal transfers handed in by 8 pm leave the same day, on weekdays. Instant ones have no cut-off. Payments outside Europe must be in by 3 pm.',
  ],
  [
    'I need a letter that says I have an account',
    'You get it under Documents, Confirmations, as a signed PDF in English or French. Landlords and embassies accept it. It shows your name, the account number and the date it was opened.',
  ],
  [
    'How does rounding up work?',
    'Each card payment is rounded up to the next euro and the difference goes to a pot. A coffee for 3.40 puts 60 cents aside. You can double that, or pause it, whenever you like.',
  ],
  [
    'may i see what my husband spends on the joint account',
    "On a joint account you both see every payment. His own account stays his alone. If you would rather not see each other's coffee, use the joint one for the household only.",
  ],
  [
    'Do you charge for paper statements?',
    'A paper statement costs 1.20 euros with postage. The one in the app is free and just as valid. Customers over 75 get the paper one free if they ask for it.',
  ],
  [
    'What is the smallest sum I can invest?',
    'Savings plans start at 10 euros a month. A single purchase starts at the price of one share, or 1 euro if you buy a part of one. There is no fee on the first plan.',
  ],
  [
    'my transfer to my landlord was late because of you',
    'That should not have happened, and I apologise. Send us the reminder you got. We pay the fee your landlord asked for and write to them that the delay was ours.',
  ],
  [
    'How long do you keep my data after I leave?',
    'Ten years for anything that has to do with payments, as tax law demands. The rest is deleted after twelve months. You can ask for a copy of everything before you go.',
  ],
  [
    'Can I open an account for my club?',
    'Clubs need the statutes, the list of the board and the identity cards of two members. The account costs 4 euros a month. Cash from your summer fair can be paid in free twice a year.',
  ],
  [
    'what is contactless limit',
    'You can pay up to 50 euros without the PIN, and after five payments in a row we ask for it once. With the phone there is no limit, since your fingerprint does the same job.',
  ],
  [
    'Is it possible to reserve an account number?',
    'Sadly no. Numbers are given out in order. What you can do is pick a nickname for the account, so that friends can send money to the nickname instead.',
  ],
  [
    'how do i turn off marketing emails',
    'Go to Profile, Messages, and untick Offers. You will still get what we have to send by law, such as new terms. It takes a day until every system knows.',
  ],
  [
    'What should I do with an old cheque book?',
    'Cut the unused cheques through the number and throw them away. We stopped taking cheques in 2021, so nobody can cash them with us. Abroad they might still be misused, which is why cutting matters.',
  ],
  [
    'Can I get a safe deposit box?',
    'Three of our branches have them: the harbour, the station and the old market. The small one costs 60 euros a year. There is a waiting list of a few weeks at the station.',
  ],
  [
    'are there weekend hours',
    'The branch at the station opens on Saturdays from 10 to 2. On the phone we are there every day from 7 to 10 in the evening, and for blocked cards all night.',
  ],
  [
    'What is an emergency fund?',
    'Money for a broken boiler or a month without work. Three months of your fixed costs is a good goal. Keep it in a savings pot rather than in shares, so that it is there when you need it.',
  ],
  [
    'How do I export transactions to a spreadsheet?',
    'Open the account on a computer, filter the period and choose Export, CSV. It holds the date, the text, the category and the sum. For book-keeping software take the MT940 file instead.',
  ],
  [
    'can you call me instead',
    'Gladly. Choose Help, Call back, and pick a time. We ring you from the number that the app shows, and you can check there that it is really us.',
  ],
  [
    'What do I do if I find a forged note?',
    'Do not pass it on, because that would be an offence. Hand it to the police or to us with a note of where it came from. You will not get its value back, I am afraid.',
  ],
  [
    'How does the referral bonus work?',
    'You and your friend each get 25 euros once their first salary has come in. Share the link from Profile, Invite. Ten friends a year is the most.',
  ],
  [
    'my company wants to pay me in dollars',
    'Open a dollar pot under Accounts, Currencies; it has its own number for payments from the United States. You change the money whenever the rate suits you, for 0.4 %.',
  ],
];

export const bankSystem = 'You are the assistant of Harbour Bank. Answer briefly, in plain words, and never ask for codes or passwords.';
