/** Invented shops, each with its own rules. None of them exists. */
const names = [
  'Harbor Lane',
  'Maple & Finch',
  'Brightside',
  'Northfield Goods',
  'Copper Kettle',
  'Little Fern',
  'Blue Heron',
  'Oak Street Supply',
  'Tidewater',
  'Hilltop Home',
  'Lantern & Co',
  'Green Wagon',
];

export const products = [
  { product: 'kettle', part: 'lid', powered: true },
  { product: 'coffee maker', part: 'water tank', powered: true },
  { product: 'toaster', part: 'crumb tray', powered: true },
  { product: 'blender', part: 'jar', powered: true },
  { product: 'desk lamp', part: 'power adapter', powered: true },
  { product: 'vacuum cleaner', part: 'filter', powered: true },
  { product: 'fan', part: 'remote', powered: true },
  { product: 'alarm clock', part: 'battery cover', powered: true },
  { product: 'office chair', part: 'wheel' },
  { product: 'keyboard', part: 'cable', powered: true },
  { product: 'printer', part: 'paper tray', powered: true },
  { product: 'tablet', part: 'charger', powered: true },
  { product: 'speaker', part: 'charging cable', powered: true },
  { product: 'headset', part: 'ear cushion', powered: true },
  { product: 'camera', part: 'battery', powered: true },
  { product: 'watch', part: 'strap', powered: true },
  { product: 'router', part: 'power adapter', powered: true },
  { product: 'monitor', part: 'stand', powered: true },
  { product: 'television', part: 'remote', powered: true },
  { product: 'soundbar', part: 'remote', powered: true },
  { product: 'door camera', part: 'bracket', powered: true },
  { product: 'smart hub', part: 'power adapter', powered: true },
  { product: 'phone', part: 'charger', powered: true },
  { product: 'laptop', part: 'charger', powered: true },
  { product: 'tent', part: 'pole' },
  { product: 'backpack', part: 'buckle' },
  { product: 'bicycle', part: 'pedal' },
  { product: 'jacket', part: 'zipper' },
  { product: 'pair of boots', part: 'lace' },
  { product: 'sweater', part: 'button' },
];

/** A shop's rules and a product for one document: what the system message states and the answers keep to. */
export function shop(random, needsPower) {
  const price = (low, step, n) => `$${(low + step * random.below(n)).toFixed(2)}`;
  const opening = 7 + random.below(4);
  const closing = 5 + random.below(5);
  return {
    shop: random.pick(names),
    ...random.pick(products.filter((one) => one.powered || !needsPower)),
    returnDays: random.pick([14, 21, 28, 30, 45, 60, 90]),
    refundDays: random.pick(['2 to 3', '3 to 5', '5 to 7', '7 to 10']),
    shipDays: random.pick(['2 to 3', '3 to 5', '4 to 6', '5 to 8']),
    expressDays: random.pick(['1 to 2', '2', '2 to 3']),
    shipPrice: price(3.95, 1, 5),
    expressPrice: price(9.99, 2, 5),
    freeFrom: random.pick(['$25', '$35', '$50', '$75', '$100']),
    returnFee: price(4.99, 1, 6),
    warranty: random.pick(['1 year', '2 years', '3 years', '18 months']),
    hours: `${opening} am to ${closing} pm`,
    days: random.pick(['Monday to Friday', 'Monday to Saturday', 'every day']),
    partPrice: price(5, 3, 9),
    cancelMinutes: random.pick(['30 minutes', '1 hour', '2 hours']),
    orderNumber: String(10000 + random.below(89999)),
    account: random.pick(['My account', 'Your profile', 'the account page', 'the app']),
  };
}

/** What a system message or a help page states of them. */
export const policySentences = {
  returns:
    'Items can be returned within {returnDays} days of delivery. Refunds take {refundDays} business days. Return shipping costs {returnFee}, or nothing if the item is faulty.',
  shipping:
    'Standard shipping takes {shipDays} business days and costs {shipPrice}; it is free from {freeFrom}. Express takes {expressDays} business days and costs {expressPrice}.',
  warranty: 'Every product has a warranty of {warranty}. It covers defects, not drops or water.',
  hours: 'Live agents are there {days}, {hours}.',
  cancel: 'An order can be cancelled within {cancelMinutes}, until it is packed.',
};
