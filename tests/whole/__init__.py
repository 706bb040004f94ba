"""All of it at once: a real Home Assistant in a process of its own, its web page, and lines on which all goes wrong."""
