"""One LoRA training step on random tokens, every one supervised: what `fettle bench --step` measures.

    python step.py --config CONFIG_FOLDER --name NAME --variant peft --sequences 8 --tokens 256
"""

import argparse

import torch

import figures
import models


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", required=True, help="a folder with the config.json of the shape")
    parser.add_argument("--name", required=True, help="of the figure")
    parser.add_argument("--variant", choices=models.VARIANTS, required=True)
    parser.add_argument("--sequences", type=int, required=True)
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--checkpointing", choices=("none", "full"), default="none")
    parser.add_argument("--r", type=int, default=16)
    parser.add_argument("--iterations", type=int, default=5)
    options = parser.parse_args()

    torch.manual_seed(1)
    model = models.with_lora(models.random_model(options.config), options.variant, options.r)
    if options.checkpointing == "full":
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=dict(use_reentrant=False))
    model.train()
    run = torch.compile(model) if options.variant == "compiled" else model
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=0.0)
    ids = torch.randint(0, model.config.vocab_size, (options.sequences, options.tokens))

    def step():
        optimizer.zero_grad()
        run(input_ids=ids, labels=ids).loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    seconds = figures.time_calls(step, options.iterations)
    system = f"PyTorch, {options.variant}"
    figures.print_figure(options.name, system, "tokens/s", [ids.numel() / s for s in seconds])
    figures.print_peak_memory(options.name, system)


main()
