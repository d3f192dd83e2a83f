/** HTML as the text that a browser would show. */
import { Parser } from 'htmlparser2';
import { outsideCode } from '../code-spans.ts';
import { htmlTags } from '../detectors/encoding-damage.ts';

const known = new Set(htmlTags);
/** Tags that stand for a line break. */
const breaks = new Set(['br', 'p', 'div', 'li', 'tr', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'table']);
const silent = new Set(['script', 'style']);
const forumMarkup = /\[\/?(?:b|i|u|s|url|img|quote|code|color|size|list|center)(?:=[^\]\n]{0,200})?\]/gi;

/** Known tags and forum markup are taken out, character references decoded; code, and brackets that are no tag, stay. */
export function withoutHtml(text: string): string {
  return outsideCode(text, (prose) => shownText(prose).replaceAll(forumMarkup, ''));
}

function shownText(source: string): string {
  let shown = '';
  let hidden = 0;
  const lineBreak = () => {
    if (shown.trim() !== '' && !shown.endsWith('\n')) shown = `${shown.trimEnd()}\n`;
  };
  const parser = new Parser(
    {
      ontext: (text) => {
        if (hidden === 0) shown += shown.endsWith('\n') ? text.replace(/^ +/, '') : text;
      },
      onopentag: (name) => {
        if (silent.has(name)) hidden++;
        else if (breaks.has(name)) lineBreak();
        else if (name === 'td' || name === 'th') shown += ' ';
        else if (!known.has(name)) shown += source.slice(parser.startIndex, parser.endIndex + 1);
      },
      onclosetag: (name, implied) => {
        if (silent.has(name)) hidden--;
        else if (breaks.has(name) && name !== 'br' && name !== 'hr') lineBreak();
        else if (!known.has(name) && !implied) shown += source.slice(parser.startIndex, parser.endIndex + 1);
      },
    },
    { lowerCaseTags: true, decodeEntities: true, recognizeSelfClosing: false },
  );
  parser.end(source);
  return shown.trimEnd() + /\s*$/.exec(source)![0];
}
