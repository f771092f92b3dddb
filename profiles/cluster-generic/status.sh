#!/bin/sh
# status.sh ID: prints running, success or failed.
case $(squeue --noheader --states=all --jobs="$1" --format=%T 2>&1) in
COMPLETED) echo success ;;
BOOT_FAIL | CANCELLED | DEADLINE | FAILED | NODE_FAIL | OUT_OF_MEMORY | PREEMPTED | TIMEOUT) echo failed ;;
*"Invalid job id"*) echo failed ;; # ended long ago, and forgotten
*) echo running ;;
esac
