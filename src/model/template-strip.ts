import type { parse } from '@huggingface/jinja';

/**
 * `@huggingface/jinja` ignores the argument of Python's `strip(chars)`, `lstrip(chars)` and `rstrip(chars)` (Qwen3's template
 * strips line breaks only). Such calls are turned into calls of the functions below, which do as Python does.
 */
type Program = ReturnType<typeof parse>;

function stripLeft(text: string, chars: string): string {
  const set = new Set(chars);
  const points = [...text];
  const first = points.findIndex((point) => !set.has(point));
  return first < 0 ? '' : points.slice(first).join('');
}

function stripRight(text: string, chars: string): string {
  const set = new Set(chars);
  const points = [...text];
  return points.slice(0, points.findLastIndex((point) => !set.has(point)) + 1).join('');
}

/** By the name that a rewritten call uses; no template can spell these names. */
export const stripFunctions: Readonly<Record<string, (text: string, chars: string) => string>> = {
  'strip of': (text, chars) => stripRight(stripLeft(text, chars), chars),
  'lstrip of': stripLeft,
  'rstrip of': stripRight,
};

interface MethodCall {
  type: 'CallExpression';
  callee: { type: string; object: unknown; computed: boolean; property: { type: string; value: string } };
  args: { type: string }[];
}

function isStripWithChars(node: object): node is MethodCall {
  const { type, callee, args } = node as Partial<MethodCall>;
  if (type !== 'CallExpression' || callee?.type !== 'MemberExpression' || callee.computed || args?.length !== 1) return false;
  return callee.property.type === 'Identifier' && `${callee.property.value} of` in stripFunctions;
}

/** Rewrites the calls in place, wherever they stand in the program. */
export function honourStripArguments(program: Program): Program {
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const child of Object.values(node)) visit(child);
    if (!isStripWithChars(node)) return;
    const { object, property } = node.callee;
    property.value = `${property.value} of`;
    Object.assign(node, { callee: property, args: [object, ...node.args] });
  };
  visit(program);
  return program;
}
