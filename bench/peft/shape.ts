/** `node bench/peft/shape.ts 135m FOLDER`: the `config.json` of a shape of `fettle bench`, for transformers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configOf, type ShapeName } from '../../src/bench/shapes.ts';

const [shape, folder] = process.argv.slice(2) as [ShapeName, string];
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'config.json'), JSON.stringify(configOf(shape)));
