"""How characters of a clean text are rewritten, and which lines belong to one paragraph.

- alphabet: classes of characters
- changes: changes of a text, applied and composed, so that each character is booked once
- characters: entities, characters that show nothing, white space, bullets, ellipses, NFC
- width: full- and half-width forms
- columnar: the commonest of them, on columns
- script: traditional to simplified
- rewriting: the rules in order, until nothing changes
- edges: how wide lines are, and where those of a document end
- wrapping: which lines a hard wrap cut
"""
