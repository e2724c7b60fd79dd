"""Citations as footnotes, as places for numbers, and as sources."""
