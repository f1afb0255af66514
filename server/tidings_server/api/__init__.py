"""The dialects: authenticate, load, one use case, dump. Knows protobuf, nothing of SQL."""
