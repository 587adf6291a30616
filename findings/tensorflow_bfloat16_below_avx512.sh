#!/bin/sh
# tensorflow 2.21.0: ONEDNN_MAX_CPU_ISA=AVX2, oneDNN's documented way to compute as an older processor does, takes bfloat16
# away on a processor with AVX-512. A real AVX2 processor convolves in bfloat16 (by Eigen's kernels), and so does this one
# with TF_ENABLE_ONEDNN_OPTS=0; but TensorFlow asks the processor, and not oneDNN, what oneDNN can do: it hands the
# convolution over, and there is no kernel. A result that is to be compared between machines so cannot be had this way.
# Seen on a Xeon with AVX-512:
#   as it is: bfloat16
#   ONEDNN_MAX_CPU_ISA=AVX2: AbortedError, could not create a primitive descriptor
#   ONEDNN_MAX_CPU_ISA=AVX2 TF_ENABLE_ONEDNN_OPTS=0: bfloat16
set -eu
grep -q avx512bw /proc/cpuinfo || { echo "needs a processor with AVX-512" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tensorflow==2.21.0
cat >"$folder/convolve.py" <<'EOF'
import tensorflow as tf

try:
    print(tf.nn.conv2d(tf.ones([1, 4, 4, 1], "bfloat16"), tf.ones([3, 3, 1, 1], "bfloat16"), 1, "SAME").dtype.name)
except tf.errors.AbortedError as error:
    print("AbortedError,", "could not create a primitive descriptor" * ("primitive descriptor" in error.message))
EOF
expect() {
    wanted=$1
    shift
    found=$(env TF_CPP_MIN_LOG_LEVEL=3 "$@" "$folder/venv/bin/python" "$folder/convolve.py" 2>"$folder/errors") || {
        cat "$folder/errors" >&2
        exit 1
    }
    echo "${*:-as it is}: $found"
    [ "$found" = "$wanted" ] || { echo "behaves differently now" >&2; exit 1; }
}
expect bfloat16
expect "AbortedError, could not create a primitive descriptor" ONEDNN_MAX_CPU_ISA=AVX2
expect bfloat16 ONEDNN_MAX_CPU_ISA=AVX2 TF_ENABLE_ONEDNN_OPTS=0
