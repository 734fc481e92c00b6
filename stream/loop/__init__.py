"""The loop: threads, sinks with mailboxes of their own, how it ends, and the report of it."""
