"""Streams that become rows: sources, positions, sinks."""
