"""Mail transports: SMTP, SendGrid, and captured mail for a machine without a mail server."""
