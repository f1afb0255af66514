"""The log as a stream of NATS JetStream, for readers outside of Tidings."""
