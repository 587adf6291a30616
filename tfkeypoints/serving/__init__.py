"""Trained models at work: what a SavedModel holds, a server and a web page for it, and other formats than TensorFlow's.

    signatures  detect, detect_encoded, act: the functions in a SavedModel, with checks of what they are given
    card        the model card that lies beside it
    versions    NAME/VERSION folders: the newest is served, a newer one takes over
    batching    requests that come together are answered together
    payloads    JSON and gRPC messages to arrays and back
    limits      requests that are too large are refused before they are read
    server      REST and gRPC, by kserve; page/ is the web page
    formats     ONNX, LiteRT, OpenVINO

Nothing here is imported by `import tfkeypoints`; kserve and the converters are imported where they are used.
"""
