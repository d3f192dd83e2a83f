/** config.json's `quantization_config`: which way a checkpoint was quantized, if it was. */
import { ConfigReader } from './families/config-reader.ts';
import type { JsonObject } from './json-file.ts';

/** Throws `FETTLE_MODEL_UNSUPPORTED` for every way but bitsandbytes' NF4. */
export function refuseOtherQuantization(file: string, config: JsonObject): void {
  const reader = new ConfigReader(file, config);
  const quantization = reader.object('quantization_config');
  if (quantization === undefined) return;
  const hint = 'Take the unquantized model; fettle quantizes to NF4 itself.';
  const method = quantization.string('quant_method', 'bitsandbytes');
  if (method !== 'bitsandbytes') {
    quantization.unsupported('quant_method', `expected bitsandbytes, found ${JSON.stringify(method)}`, hint);
  } else if (quantization.bool('load_in_8bit', false)) {
    quantization.unsupported('load_in_8bit', 'expected 4-bit weights (load_in_4bit), found 8-bit ones', hint);
  } else {
    const type = quantization.string('bnb_4bit_quant_type', 'fp4');
    if (type !== 'nf4') quantization.unsupported('bnb_4bit_quant_type', `expected nf4, found ${JSON.stringify(type)}`, hint);
  }
  reader.throwProblems();
}
