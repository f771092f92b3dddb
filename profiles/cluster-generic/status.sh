#!/bin/sh
# status.sh ID: prints running, success or failed.
case $(squeue --noheader --states=all --jobs="$1" --format=%T 2>/dev/null) in
COMPLETED) echo success ;;
BOOT_FAIL | CANCELLED | DEADLINE | FAILED | NODE_FAIL | OUT_OF_MEMORY | PREEMPTED | TIMEOUT) echo failed ;;
*) echo running ;;
esac
