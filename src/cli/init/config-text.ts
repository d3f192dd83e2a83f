/** The text of a new `fettle.yaml`: the keys that people change, each with what it is for. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Document, isMap, isScalar, type YAMLMap } from 'yaml';
import { defaultAt, descriptionAt } from '../../config/walk.ts';
import { packageFolder } from '../package-info.ts';
import type { Answers } from './answers.ts';

/** @param file where it will be written; the schema is named relative to it */
export function configText(answers: Answers, file: string): string {
  const lora = { type: 'lora', r: defaultAt(['method', 'r']), lora_alpha: defaultAt(['method', 'lora_alpha']) };
  const doc = new Document({
    model: answers.model,
    quantization: answers.quantization,
    method: answers.method === 'lora' ? lora : { type: 'full' },
    data: { path: answers.data, max_length: defaultAt(['data', 'max_length']) },
    train: {
      epochs: answers.epochs,
      batch_size: defaultAt(['train', 'batch_size']),
      learning_rate: answers.method === 'lora' ? defaultAt(['train', 'learning_rate']) : 2e-5,
    },
    output_dir: answers.outputDir,
  });
  if (isMap(doc.contents)) explain(doc.contents, []);
  doc.commentBefore = ` yaml-language-server: $schema=${schemaReference(file)}`;
  return doc.toString({ lineWidth: 0 });
}

function explain(section: YAMLMap, at: readonly string[]): void {
  for (const { key, value } of section.items) {
    const field = [...at, String(key)];
    if (isMap(value)) explain(value, field);
    else if (isScalar(value)) value.comment = ` ${descriptionAt(field)}`;
  }
}

/** The schema of the fettle that the project depends on, else of this one, as a path from the config file. */
function schemaReference(file: string): string {
  const folder = path.dirname(path.resolve(file));
  const inProject = path.join('node_modules', 'fettle', 'schema', 'fettle.schema.json');
  if (existsSync(path.join(folder, inProject))) return inProject;
  return path.relative(folder, path.join(packageFolder, 'schema', 'fettle.schema.json')).replaceAll('\\', '/');
}
