import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { FettleError, type Problem } from '../../errors.ts';
import { ChatTemplate } from '../chat-template.ts';
import { Tokenizer } from './tokenizer.ts';
import { addedTokensOf, roleTokens, specialTokensMapSchema, type TokenizerConfig, tokenizerConfigSchema } from './tokenizer-config.ts';

/** How a model turns text into ids; null for what it does not have. */
export interface TextParts {
  tokenizer: Tokenizer | null;
  chatTemplate: ChatTemplate | null;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).replace(/^\ufeff/, '');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const error = code === 'EACCES' || code === 'EPERM' ? 'FETTLE_PERMISSION' : 'FETTLE_TOKENIZER';
    throw new FettleError(error, `${file} could not be read: ${message}`, { cause, problems: [{ file, message }] });
  }
}

/** Reads a JSON file that may be missing (then `{}` is parsed); adds what is wrong with it to `problems`. */
async function readJson<S extends z.ZodType>(file: string, schema: S, problems: Problem[]): Promise<z.output<S>> {
  let value: unknown = {};
  try {
    value = JSON.parse((await readIfThere(file)) ?? '{}');
  } catch (error) {
    if (error instanceof FettleError) throw error;
    problems.push({ file, message: `not valid JSON: ${(error as Error).message}` });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  problems.push(...parsed.error.issues.map((issue) => ({ file, field: issue.path.join('.') || undefined, message: issue.message })));
  return schema.parse({});
}

interface TemplateSources {
  source: string;
  toolUseSource?: string;
}

function templateOfConfig(template: TokenizerConfig['chat_template'], file: string): TemplateSources | undefined {
  if (template === null || template === undefined || template.length === 0) return undefined;
  if (typeof template === 'string') return { source: template };
  const named = new Map(template.map((one) => [one.name, one.template]));
  const source = named.get('default') ?? (template.length === 1 ? template[0]!.template : undefined);
  if (source !== undefined) return { source, toolUseSource: named.get('tool_use') };
  const names = [...named.keys()].join(', ');
  throw new FettleError('FETTLE_TEMPLATE', `${file} has several chat templates but none named 'default': ${names}.`, {
    problems: [{ file, field: 'chat_template', message: `expected one named 'default', found ${names}` }],
  });
}

/**
 * Reads tokenizer.json, tokenizer_config.json, special_tokens_map.json and chat_template.jinja of a model folder.
 * Throws `FETTLE_TOKENIZER` listing every unreadable file and wrong field, `FETTLE_TEMPLATE` for a template list without a default.
 */
export async function loadTokenizerFromFolder(folder: string): Promise<TextParts> {
  const file = join(folder, 'tokenizer.json');
  const configFile = join(folder, 'tokenizer_config.json');
  const problems: Problem[] = [];
  const config = await readJson(configFile, tokenizerConfigSchema, problems);
  const map = await readJson(join(folder, 'special_tokens_map.json'), specialTokensMapSchema, problems);
  if (problems.length > 0) {
    const first = problems[0]!;
    const where = [first.file, first.field].filter(Boolean).join(': ');
    throw new FettleError('FETTLE_TOKENIZER', `The tokenizer's settings cannot be used: ${where}: ${first.message}`, { problems });
  }
  const roles = roleTokens(config, map);
  const jinja = await readIfThere(join(folder, 'chat_template.jinja'));
  const template = jinja ? { source: jinja } : templateOfConfig(config.chat_template, configFile);
  const chatTemplate = template ? new ChatTemplate(template.source, roles, template) : null;

  const json = await readIfThere(file);
  if (json === undefined) return { tokenizer: null, chatTemplate };
  const tokenizer = Tokenizer.fromJson(json, {
    file,
    bosToken: roles.bos_token,
    eosToken: roles.eos_token,
    padToken: roles.pad_token,
    unkToken: roles.unk_token,
    addBosToken: config.add_bos_token ?? undefined,
    addEosToken: config.add_eos_token ?? undefined,
    addedTokens: addedTokensOf(config),
  });
  return { tokenizer, chatTemplate };
}
