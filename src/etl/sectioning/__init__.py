"""Sections of a document: the markers that open them, the headings behind the markers, and the outline they form."""
