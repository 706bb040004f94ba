"""Readings over time to answers.

Pure: no I/O, no asyncio, no Home Assistant; the clock is an argument.
"""
