#!/bin/sh
# sleap-io 0.9.5: its wheel installs its own tests as a top-level package called `tests`. In a project whose folder tests/
# has no __init__.py, as pytest's importlib mode wants no more, `import tests.helpers` then looks into sleap-io's and fails,
# for a package comes before a folder without __init__.py, wherever on the path it stands.
# Seen: before: tests.helpers is imported; after pip install sleap-io: No module named 'tests.helpers'
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
mkdir -p "$folder/project/tests"
echo "answer = 42" > "$folder/project/tests/helpers.py"
cd "$folder/project"
"$folder/venv/bin/python" -c 'import tests.helpers; print("before: tests.helpers is imported")'
"$folder/venv/bin/pip" install -q sleap-io==0.9.5
if "$folder/venv/bin/python" -c 'import tests.helpers' 2> "$folder/error"; then
    echo "behaves differently now" >&2
    exit 1
fi
echo "after pip install sleap-io: $(tail -n 1 "$folder/error")"
