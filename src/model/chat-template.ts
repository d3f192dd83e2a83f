import { createHash } from 'node:crypto';
import { Interpreter, parse, tokenize } from '@huggingface/jinja';
import { FettleError } from '../errors.ts';
import { templateEnvironment } from './template-environment.ts';
import { honourStripArguments } from './template-strip.ts';

type Program = ReturnType<typeof parse>;

/** One message of a conversation; other keys (`tool_calls`, `name`, ...) reach the template as they are. */
export interface Turn {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  [key: string]: unknown;
}

/** Special tokens by their template variable: `bos_token`, `eos_token`, ... */
export type TemplateTokens = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface RenderOptions {
  /** End with the opening of an assistant turn, for the model to go on from. */
  addGenerationPrompt: boolean;
  tools?: readonly unknown[];
}

export interface ChatTemplateOptions {
  /** The template to take when tools are given (`tool_use` of a list of named templates). */
  toolUseSource?: string;
  /** What `strftime_now` tells; the time of rendering when left out. */
  now?: Date;
}

/** `{% generation %}` only marks assistant text for transformers; a block that always renders keeps its white-space control. */
function replaceGenerationTags(source: string): string {
  return source
    .replace(/\{%([-+]?)\s*generation\s*([-+]?)%\}/g, '{%$1 if true $2%}')
    .replace(/\{%([-+]?)\s*endgeneration\s*([-+]?)%\}/g, '{%$1 endif $2%}');
}

/** A model's own chat template: the one renderer of training, evaluation, generation and serving. */
export class ChatTemplate {
  readonly source: string;
  /** SHA-256 (hex) of the template and the special tokens it writes. */
  readonly hash: string;
  readonly #tokens: TemplateTokens;
  readonly #options: ChatTemplateOptions;
  readonly #compiled = new Map<string, Program>();

  constructor(source: string, tokens: TemplateTokens, options: ChatTemplateOptions = {}) {
    this.source = source;
    this.#tokens = tokens;
    this.#options = options;
    const defining = [source, options.toolUseSource ?? null, Object.entries(tokens).sort(([a], [b]) => (a < b ? -1 : 1))];
    this.hash = createHash('sha256').update(JSON.stringify(defining)).digest('hex');
  }

  /** The same template for which it is always `now`. */
  at(now: Date): ChatTemplate {
    return new ChatTemplate(this.source, this.#tokens, { ...this.#options, now });
  }

  /** The conversation as text. Throws `FETTLE_TEMPLATE` with the template's own message when it fails or refuses. */
  render(turns: readonly Turn[], options: RenderOptions): string {
    const { toolUseSource, now } = this.#options;
    const tools = options.tools && options.tools.length > 0 ? options.tools : null;
    try {
      const program = this.#compile(tools && toolUseSource ? toolUseSource : this.source);
      const variables = {
        ...this.#tokens,
        messages: turns,
        tools,
        documents: null,
        add_generation_prompt: options.addGenerationPrompt,
      };
      const { value } = new Interpreter(templateEnvironment(variables, now ?? new Date())).run(program);
      return value as string;
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new FettleError('FETTLE_TEMPLATE', `The chat template failed on roles ${turns.map((t) => t.role).join(', ')}: ${message}`, {
        cause,
        hint: 'The message is the template’s own: some templates refuse a system turn, or turns that do not alternate.',
      });
    }
  }

  #compile(source: string): Program {
    let program = this.#compiled.get(source);
    if (!program) {
      program = honourStripArguments(parse(tokenize(replaceGenerationTags(source), { trim_blocks: true, lstrip_blocks: true })));
      this.#compiled.set(source, program);
    }
    return program;
  }
}
