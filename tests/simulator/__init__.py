"""The simulator of `tools/` against real captures and the specifications: it is what the decoder is tested with."""
