"""Benchmarks: how fast the pipeline is, beside the limit of the disk format and beside other tools."""
