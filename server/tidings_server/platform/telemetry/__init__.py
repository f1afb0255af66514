"""What the running server tells about itself: metrics, log lines, traces."""
