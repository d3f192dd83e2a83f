/** Makes the model trainable as the config says, and chooses how the result is written. */
import type { FettleConfig } from '../config/schema.ts';
import { originOf, originWarnings } from '../export/adapter-origin.ts';
import { modelFolderWriter } from '../export/model-folder.ts';
import type { Adapter } from '../export/peft-reader.ts';
import { peftWriter } from '../export/peft-writer.ts';
import type { ResultWriter } from '../export/result-writer.ts';
import type { LoadedModel } from '../model/load.ts';
import type { NoteEvent } from './events.ts';
import { addTrainableLora } from './prepare-adapter.ts';

export interface Trainable {
  result: ResultWriter;
  /** True when the run starts from an adapter, whose first evaluation then counts like any other. */
  starts_trained: boolean;
  notes: NoteEvent[];
}

/** @throws FettleError FETTLE_CONFIG, FETTLE_ADAPTER, FETTLE_NOT_YET */
export async function makeTrainable({ native, source }: LoadedModel, config: FettleConfig, init: Adapter | null): Promise<Trainable> {
  const settings = cardSettings(config);
  native.setOptimizer(config.train.optimizer);
  if (config.method.type === 'full') {
    const result = await modelFolderWriter({ base: source, settings });
    native.trainAll();
    return { result, starts_trained: false, notes: [] };
  }
  const lora = await addTrainableLora(native, config, init);
  const origin = originOf(source, config);
  const notes = originWarnings(init?.origin ?? null, origin).map(
    (message): NoteEvent => ({ type: 'note', severity: 'warning', code: 'another-base', message }),
  );
  return {
    result: peftWriter({ lora, base_model: source.spec, origin, settings }),
    starts_trained: init !== null,
    notes,
  };
}

function cardSettings({ train }: FettleConfig): Record<string, string | number> {
  const { batch_size, learning_rate, lr_scheduler, warmup_ratio, weight_decay, optimizer, seed } = train;
  return { batch_size, learning_rate, lr_scheduler, warmup_ratio, weight_decay, optimizer, seed };
}
