"""LlamaIndex adapter for hosted threads."""
