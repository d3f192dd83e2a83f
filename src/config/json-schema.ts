/** The JSON Schema of `fettle.yaml`, for editors; `schema/fettle.schema.json` is generated from it. */
import { z } from 'zod';
import { configSchema } from './schema.ts';

/** JSON Schema draft-07 of what a person may write. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, {
    target: 'draft-7',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === configSchema.shape.data) jsonSchema.anyOf = [{ required: ['path'] }, { required: ['train', 'validation'] }];
    },
  });
  return { ...schema, title: 'fettle.yaml' };
}
