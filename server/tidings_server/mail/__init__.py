"""E-mail: addresses, templates, messages, and the transports that send them."""
