#!/bin/sh
# pycolmap 4.2.1: an image whose name has a space, "left 1.png", is written to COLMAP's text form whole, and read back by
# pycolmap itself as "left": the reader takes one word. Two images of one camera folder so get the same name, and no
# file is found under it. The binary form keeps the name.
# Seen: text: wrote left 1.png, read left; binary: read left 1.png
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pycolmap==4.2.1
mkdir "$folder/text" "$folder/binary"
"$folder/venv/bin/python" - "$folder/text" "$folder/binary" <<'EOF'
import sys

import pycolmap

name = "left 1.png"
model = pycolmap.Reconstruction()
camera = pycolmap.Camera(camera_id=1, model="PINHOLE", width=640, height=480, params=[500, 500, 320, 240])
model.add_camera_with_trivial_rig(camera)
image = pycolmap.Image(name=name, camera_id=1, image_id=1)
model.add_image_with_trivial_frame(image, pycolmap.Rigid3d())
text, binary = sys.argv[1:]
model.write_text(text)
model.write_binary(binary)
read = {}
for kind, folder in (("text", text), ("binary", binary)):
    read[kind] = pycolmap.Reconstruction(folder).images[1].name
print(f"text: wrote {name}, read {read['text']}; binary: read {read['binary']}")
assert name in open(f"{text}/images.txt").read()
assert read == {"text": "left", "binary": name}, "behaves differently now"
EOF
