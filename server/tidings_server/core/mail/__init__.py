"""Mail: addresses, templates, the letters made of them, and the subscriptions that they go out by."""
