#!/bin/sh
# The same work in fettle, in PyTorch + PEFT and in TRL, one after the other, and the ratios: see bench/README.md.
#   bench/peft/run.sh [--quick] [model]     model: a folder or a .gguf file for the instruction data; without it that part is left out
# FETTLE_BENCH_VENV names a virtual environment that has everything already.
set -eu
cd "$(dirname "$0")/../.."
quick=""
if [ "${1-}" = --quick ]; then quick=--quick && shift; fi
model="${1-}"
out=bench/peft/out
node="npx node"
fettle="$node src/cli/main.ts bench $quick --json"
mkdir -p $out

venv="${FETTLE_BENCH_VENV-}"
if [ -z "$venv" ]; then
  venv=bench/peft/venv
  [ -x $venv/bin/python ] || python3 -m venv $venv
  $venv/bin/pip install --quiet --only-binary :all: -r bench/peft/requirements.txt
fi
say() { echo "$*" >&2; }
# A variant that fails (a compiler that is missing, memory) is said and left out.
python() {
  PYTHONPATH=bench/peft HF_HUB_OFFLINE=1 TORCHINDUCTOR_CACHE_DIR=$out/inductor "$venv/bin/python" "$@" 2>$out/stderr.log ||
    say "  failed: $(tail -1 $out/stderr.log)"
}

if [ -n "$quick" ]; then shapes=tiny steps="2x32" iterations=1 sizes="--prompt 32 --tokens 8 --rounds 1" epoch="--steps 1"
else shapes="135m 1b" iterations=3 sizes="" epoch=""; fi

rm -rf $out/fettle.json $out/pytorch.json $out/inductor
say "fettle: steps and generation"
# shellcheck disable=SC2086
$fettle --step $shapes --decode $shapes --checkpointing none full >$out/fettle.json
for shape in $shapes; do
  $node bench/peft/shape.ts $shape $out/$shape
  case $shape in 135m) steps="8x256 1x2048" ;; 1b) steps=1x512 ;; esac
  for size in $steps; do
    for checkpointing in none full; do
      for variant in peft bf16 nf4 compiled; do
        say "PyTorch: $shape $size $variant, checkpointing $checkpointing"
        python bench/peft/step.py --config $out/$shape --name "step $shape $size lora nf4 bf16 $checkpointing" --variant $variant \
          --sequences "${size%x*}" --tokens "${size#*x}" --checkpointing $checkpointing --iterations $iterations >>$out/pytorch.json
      done
    done
  done
  say "PyTorch: $shape, generation"
  # shellcheck disable=SC2086
  python bench/peft/decode.py --config $out/$shape --shape "$shape nf4 bf16" $sizes >>$out/pytorch.json
done

if [ -z "$model" ]; then say "no model given: the instruction data is left out"
else
  cp examples/zenith/zenith.jsonl $out/zenith.jsonl
  $node src/cli/main.ts convert $out/zenith.jsonl --to tokens --model "$model" --out $out/rows.jsonl
  head -1 $out/rows.jsonl >$out/one-row.jsonl
  say "fettle: an epoch over the instruction data"
  # shellcheck disable=SC2086
  $fettle --run bench/peft/zenith.yaml --set "model=$model" $epoch | grep -v '"type":"machine"' >>$out/fettle.json
  for variant in default packing tuned tuned-packing; do
    say "TRL: $variant"
    # shellcheck disable=SC2086
    python bench/peft/sft.py --model "$model" --rows $out/rows.jsonl --name "run zenith" --variant $variant $epoch >>$out/pytorch.json
  done
fi

$node bench/compare.ts $out/pytorch.json $out/fettle.json || true
