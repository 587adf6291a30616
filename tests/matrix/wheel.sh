#!/usr/bin/env bash
# Builds the wheel, and installs it into an empty .venv by itself and once with each extra. In each, from a folder without
# the sources, the package is imported, and the command line answers and reads a camera file; and what an extra brings can
# be imported. `tests/matrix/wheel.sh "" pages` tries only these, "" being none. PYTHON says which Python (3.11 by default).
# Each .venv is made anew: TensorFlow is unpacked every time, which takes minutes and 2 GB.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-python3.11}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/source"  # a copy of what git knows: build/ of an earlier build would get into the wheel
git -C "$root" ls-files -z | tar -C "$root" -c --null -T - | tar -x -C "$work/source"
"$python" -m venv "$work/build"
"$work/build/bin/pip" --quiet wheel --no-deps --wheel-dir "$work" "$work/source"
wheel=$(ls "$work"/tfkeypoints-*.whl)
"$python" "$root/tests/matrix/wheel_content.py" "$wheel"

if [ $# -eq 0 ]; then
    mapfile -t extras < <(echo; unzip -p "$wheel" '*/METADATA' | sed -n 's/^Provides-Extra: //p')
else
    extras=("$@")
fi
version=$("$python" -c 'import sys; print("{}.{}".format(*sys.version_info))')
failed=""
for extra in "${extras[@]}"; do
    echo "== ${extra:-no extra}"
    rm -rf "$work/venv" "$work/empty"
    mkdir "$work/empty"
    "$python" -m venv "$work/venv"
    pip=("$work/venv/bin/pip" --quiet --disable-pip-version-check install -c "$root/constraints/$version.txt")
    if "${pip[@]}" "$wheel${extra:+[$extra]}" \
        && { [[ $version < 3.12 ]] || "${pip[@]}" --no-deps tensorflow-graphics; } \
        && cd "$work/empty" \
        && "$work/venv/bin/python" -c "import tfkeypoints; assert tfkeypoints.__file__.startswith('$work/venv')" \
        && "$work/venv/bin/tfkeypoints" --help > /dev/null \
        && "$work/venv/bin/tfkeypoints" cameras info "$root/tests/cameras/files/anipose/calibration.toml" > told \
        && grep -q '^middle  *800 × 600' told \
        && "$work/venv/bin/python" "$root/tests/matrix/extra_imports.py" "$extra"; then
        echo "works"
    else
        failed="$failed ${extra:-none}"
    fi
    cd "$root"
done
if [ -n "$failed" ]; then
    echo "Failed with:$failed" >&2
    exit 1
fi
