"""Cleans dirty web text, Chinese first, and accounts for every character it takes."""
