#!/bin/sh
# submit.sh RULE THREADS MEMORY_MB MINUTES GPUS SCRIPT: submits the script and prints the job's id.
set -eu
mkdir -p logs/scheduler
gpus=
[ "$5" = 0 ] || gpus="--gpus=$5"
# shellcheck disable=SC2086 # no word without GPUs
exec sbatch --parsable --job-name="nrg-$1" --cpus-per-task="$2" --mem="$3" --time="$4" $gpus \
  --output="logs/scheduler/$1-%j.log" "$6"
