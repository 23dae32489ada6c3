"""What the duplicates stage is made of: folding, blocks, containment, owners of paragraphs, likeness of documents."""
