"""The HTTP surface of intake: parse, call one use case, answer."""
