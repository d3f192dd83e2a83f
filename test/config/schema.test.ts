import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configJsonSchema } from '../../src/config/json-schema.ts';

test('schema/fettle.schema.json is current', () => {
  const file = new URL('../../schema/fettle.schema.json', import.meta.url);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});

test('is draft-07, strict, and asks for one file or for train and validation', () => {
  expect(configJsonSchema()).toMatchObject({
    $schema: 'http://json-schema.org/draft-07/schema#',
    additionalProperties: false,
    required: ['model', 'data', 'output_dir'],
    properties: { data: { anyOf: [{ required: ['path'] }, { required: ['train', 'validation'] }], additionalProperties: false } },
  });
});
