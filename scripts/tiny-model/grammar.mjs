/**
 * Text from templates: `[one|two|]` takes one of the alternatives, `{slot}` the slot's text, and `a(n)` becomes the right
 * article. A slot is bound once for a document (`bind`), or picked anew each time from `lists`.
 */
const alternatives = /\[([^[\]]*)\]/;
const slot = /\{([^{}]+)\}/;

export class Grammar {
  constructor(random, lists, bound = {}) {
    this.random = random;
    this.lists = lists;
    this.bound = bound;
  }

  /** The same grammar with these slots fixed. */
  bind(values) {
    return new Grammar(this.random, this.lists, { ...this.bound, ...values });
  }

  /** One of the templates, written out. */
  write(template) {
    return polish(this.#expand(Array.isArray(template) ? this.random.pick(template) : template));
  }

  /** One entry of a list, as it is: for slots that stand inside a sentence. */
  choose(name) {
    return this.random.pick(this.lists[name]);
  }

  #expand(text) {
    let out = text;
    for (let match = alternatives.exec(out); match; match = alternatives.exec(out)) {
      out = replaceAt(out, match, this.random.pick(match[1].split('|')));
    }
    for (let match = slot.exec(out); match; match = slot.exec(out)) out = replaceAt(out, match, this.#expand(this.#slot(match[1])));
    return out;
  }

  #slot(name) {
    if (name in this.bound) return String(this.bound[name]);
    if (!(name in this.lists)) throw new Error(`no slot {${name}}`);
    return String(this.random.pick(this.lists[name]));
  }
}

function replaceAt(text, match, value) {
  return text.slice(0, match.index) + value + text.slice(match.index + match[0].length);
}

/** Articles, spaces and the capital at the start of each sentence. */
function polish(text) {
  return text
    .replace(/\b([Aa])\(n\) (\W?)(?=(\w))/g, (_, a, quote, first) => `${a}${/[aeiouAEIOU8]/.test(first) ? 'n' : ''} ${quote}`)
    .replace(/ +([.,!?;:])/g, '$1')
    .replace(/[ \t]{2,}/g, ' ')
    .replace(/ *\n */g, '\n')
    .replace(/(^|[.!?]\s+|\n(?:\d+\. |- )?["']?)([a-z])/g, (_, before, letter) => before + letter.toUpperCase())
    .trim();
}
