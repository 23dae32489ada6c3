"""Prefect flows: ordered calls into `etl`, with no text logic and no frame logic."""
