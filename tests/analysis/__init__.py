"""Readings over time, one file for each question that is asked of them."""
