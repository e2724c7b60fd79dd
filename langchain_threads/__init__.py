"""LangChain adapter for hosted threads."""
