"""One epoch of TRL's SFTTrainer on rows that fettle has tokenized: what `fettle bench --run` measures.

    python sft.py --model MODEL_FOLDER_OR.gguf --rows rows.jsonl --name NAME --variant default

default: as TRL sets itself up. packing: with packing. tuned: the model in bf16, no gradient checkpointing. tuned-packing: both.
"""

import argparse
import tempfile
from pathlib import Path

import datasets
import torch
import transformers
from peft import LoraConfig
from trl import SFTConfig, SFTTrainer

import figures

VARIANTS = {
    "default": dict(),
    "packing": dict(packing=True),
    "tuned": dict(gradient_checkpointing=False),
    "tuned-packing": dict(gradient_checkpointing=False, packing=True),
}


def load(path, dtype):
    where = dict(pretrained_model_name_or_path=path)
    if path.suffix == ".gguf":
        where = dict(pretrained_model_name_or_path=path.parent, gguf_file=path.name)
    model = transformers.AutoModelForCausalLM.from_pretrained(**where, **dtype)
    model.is_quantized = False  # a GGUF's weights are plain tensors by now, though its config still says otherwise
    return model, transformers.AutoTokenizer.from_pretrained(**where)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--rows", required=True, help="rows of input_ids and labels")
    parser.add_argument("--name", required=True, help="of the figure")
    parser.add_argument("--variant", choices=VARIANTS, required=True)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--steps", type=int, default=-1, help="so many steps instead of an epoch")
    options = parser.parse_args()

    rows = datasets.load_dataset("json", data_files=options.rows, split="train", cache_dir=tempfile.mkdtemp())
    model, tokenizer = load(options.model, dict(dtype=torch.bfloat16) if options.variant.startswith("tuned") else {})
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    with tempfile.TemporaryDirectory() as folder:
        settings = SFTConfig(
            output_dir=folder,
            use_cpu=True,
            num_train_epochs=1,
            max_steps=options.steps,
            per_device_train_batch_size=options.batch_size,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            **VARIANTS[options.variant],
        )
        lora = LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")
        trainer = SFTTrainer(model=model, args=settings, train_dataset=rows, processing_class=tokenizer, peft_config=lora)
        counted = SupervisedTokens(trainer)
        seconds = trainer.train().metrics["train_runtime"]
    system = f"TRL, {options.variant}"
    figures.print_figure(options.name, system, "supervised tokens/s", [counted.total / seconds])
    figures.print_peak_memory(options.name, system)


class SupervisedTokens:
    """Counts the targets of every batch that the trainer is given."""

    def __init__(self, trainer):
        self.total = 0
        step = trainer.training_step

        def counting(model, inputs, *rest):
            self.total += int((inputs["labels"][:, 1:] != -100).sum())
            return step(model, inputs, *rest)

        trainer.training_step = counting


main()
