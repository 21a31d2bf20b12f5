"""The HTTP edge all services share: parse, call one use case, answer. It knows no word of the domain."""
