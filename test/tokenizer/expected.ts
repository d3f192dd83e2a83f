import type { Turn } from '../../src/model/chat-template.ts';

/** The form of the expected values in test/fixtures/tokenizer. */
export interface Expected {
  strings: { text: string; ids: number[]; tokens: string[]; offsets: [number, number][]; decoded: string }[];
  without_special?: { text: string; ids: number[] }[];
  conversations?: { name: string; messages: Turn[]; add_generation_prompt: boolean; text: string; ids: number[] }[];
}
