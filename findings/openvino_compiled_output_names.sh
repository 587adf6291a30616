#!/bin/sh
# openvino 2026.4.1: compiling a model changes what its outputs are called. A model from an ONNX file has one name an
# output, "depth"; where the graph only passes an inner tensor on to that output, the compiled model's output carries the
# inner tensor's name as well, and get_any_name(), which examples take, gives the inner one. So a program that makes a
# dictionary of the compiled model's outputs has "add_4:0" in place of "depth", and whether it has depends on how the
# exporter ended the graph. The names to use are those of the model that was read; their order is the compiled one's.
# Seen:
#   read: depth of ['depth'], shifted of ['shifted']
#   compiled: add_4:0 of ['add_4:0', 'depth'], shifted of ['shifted']
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openvino==2026.4.1 onnx==1.23.2
"$folder/venv/bin/python" - "$folder/model.onnx" >"$folder/seen" <<'EOF'
import sys

import onnx
import openvino
from onnx import TensorProto, helper


def tensor(name):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [2])


def told(model):
    return ", ".join(f"{each.get_any_name()} of {sorted(each.get_names())}" for each in model.outputs)


nodes = [
    helper.make_node("Add", ["z", "z"], ["add_4:0"]),
    helper.make_node("Identity", ["add_4:0"], ["depth"]),
    helper.make_node("Add", ["add_4:0", "z"], ["shifted"]),
]
graph = helper.make_graph(nodes, "depths", [tensor("z")], [tensor("depth"), tensor("shifted")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model)
onnx.save(model, sys.argv[1])
core = openvino.Core()
read = core.read_model(sys.argv[1])
print("read:", told(read))
print("compiled:", told(core.compile_model(read, "CPU")))
EOF
cat "$folder/seen"
diff - "$folder/seen" <<'EOF' || { echo "behaves differently now" >&2; exit 1; }
read: depth of ['depth'], shifted of ['shifted']
compiled: add_4:0 of ['add_4:0', 'depth'], shifted of ['shifted']
EOF
