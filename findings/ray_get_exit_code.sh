#!/bin/sh
# Ray 2.60.0: a handler of SIGTERM that calls sys.exit(143), as a scheduler expects it, ends the process with exit code 1 if
# the signal comes while the main thread is in ray.get; anywhere else, as in time.sleep, with 143. Nothing is written about it.
# A launcher that tells an ended job from a failed one by its code is told that it failed.
# Seen: get 1, sleep 143
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ray==2.60.0
cat > "$folder/wait.py" <<'EOF'
import logging
import os
import signal
import sys
import threading
import time

import ray

ray.init("local", include_dashboard=False, num_cpus=1, logging_level=logging.ERROR)
never = ray.remote(lambda: time.sleep(600)).remote()
signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
print("started", flush=True)
threading.Timer(5, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
ray.get(never) if sys.argv[1] == "get" else time.sleep(600)
EOF
for place in get sleep; do
    for attempt in 1 2 3; do # on a busy machine Ray may not start in time
        code=0
        HOME="$folder" RAY_USAGE_STATS_ENABLED=0 "$folder/venv/bin/python" "$folder/wait.py" $place > "$folder/told" 2> /dev/null || code=$?
        grep -q started "$folder/told" && break
    done
    echo "$place $code"
done | tee "$folder/seen"
[ "$(tr '\n' ' ' < "$folder/seen")" = "get 1 sleep 143 " ] || { echo "behaves differently now"; exit 1; }
