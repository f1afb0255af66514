"""gRPC services and messages of document 003."""
