"""Greedy generation, one token after another: what `fettle bench --decode` measures.

    python decode.py --config CONFIG_FOLDER --shape "135m nf4 bf16"
"""

import argparse
import time

import torch

import figures
import models


@torch.inference_mode()
def measure(model, prompt, tokens, rounds):
    prefill, decode = [], []
    for round_number in range(rounds + 1):
        ids, cache = prompt, None
        for place in range(tokens + 1):
            begun = time.perf_counter()
            out = model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
            ids, cache = out.logits[:, -1:].argmax(-1), out.past_key_values
            if round_number > 0:
                (prefill if place == 0 else decode).append(time.perf_counter() - begun)
    return prefill, decode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", required=True, help="a folder with the config.json of the shape")
    parser.add_argument("--shape", required=True, help="as fettle's figures call it")
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()

    torch.manual_seed(1)
    for adapter in (False, True):
        model = models.random_model(options.config)
        model = (models.with_lora(model, "bf16", 16) if adapter else model).eval()
        prompt = torch.randint(0, model.config.vocab_size, (1, options.prompt))
        prefill, decode = measure(model, prompt, options.tokens, options.rounds)
        what = options.shape + (" lora" if adapter else "")
        figures.print_figure(f"prefill {what} {options.prompt}", "PyTorch, bf16", "tokens/s", [options.prompt / s for s in prefill])
        figures.print_figure(f"decode {what}", "PyTorch, bf16", "tokens/s", [1 / s for s in decode])


main()
