"""The model that fettle is compared on: the same shape, LoRA by PEFT in the ways that people set it up."""

import bitsandbytes.functional as bnb
import torch
import transformers
from peft import LoraConfig, get_peft_model

#: peft: as PEFT sets a bf16 model up, its adapters in fp32. bf16: the adapters in bf16 too. nf4: bf16 adapters on a base that is kept in
#: NF4 and decoded for each product, by hand: on a CPU bitsandbytes' own Linear4bit is slower and passes no gradient after an eval().
#: compiled: bf16, through torch.compile.
VARIANTS = ("peft", "bf16", "nf4", "compiled")


def random_model(config_file):
    config = transformers.AutoConfig.from_pretrained(config_file)
    return transformers.AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)


def with_lora(model, variant, r):
    if variant == "nf4":
        quantize_linears(model)
    lora = LoraConfig(r=r, lora_alpha=2 * r, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(model, lora, autocast_adapter_dtype=variant == "peft")


def quantize_linears(model):
    for module in model.modules():
        for name, child in module.named_children():
            if isinstance(child, torch.nn.Linear) and name != "lm_head":
                setattr(module, name, Nf4Linear(child))


class Nf4Product(torch.autograd.Function):
    @staticmethod
    def forward(context, x, packed, state):
        context.weight = packed, state
        return x @ bnb.dequantize_4bit(packed, state).t()

    @staticmethod
    def backward(context, dy):
        return dy @ bnb.dequantize_4bit(*context.weight), None, None


class Nf4Linear(torch.nn.Linear):
    """A frozen linear whose weight is there in NF4 alone (double quantized)."""

    def __init__(self, linear):
        super().__init__(linear.in_features, linear.out_features, bias=False, device="meta")
        self.weight = torch.nn.Parameter(torch.empty(0, dtype=linear.weight.dtype), requires_grad=False)  # PEFT reads its type
        self.packed, self.state = bnb.quantize_4bit(linear.weight.data, blocksize=64, compress_statistics=True, quant_type="nf4")

    def forward(self, x):
        return Nf4Product.apply(x, self.packed, self.state)
