"""Measuring quality on labelled material: what each stage does, what it should have done, and what peers do.

One module a set; each gives a `Finding`. `etl.evaluation.board` runs them and lays the figures side by side.
The scoring itself is in `etl.evaluation.scores`, the same for us and for every peer.
"""
