"""Models as ONNX files: one table of layers and what each writes; the onnx package is imported only when a file is made."""
