"""What follows from readings over time: hours, tariffs, fuse, charging, voltage, symptoms.

Pure: no I/O, no asyncio, no Home Assistant; the clock is an argument.
"""
