"""A household with a meter on its line: the other side of the decoder.

Nothing here imports the integration. What a meter sends is written down a second time, from the
specifications and the other way round, so that a mistake in the decoder cannot hide behind the same mistake
in its test.
"""
