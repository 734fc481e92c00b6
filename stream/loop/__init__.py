"""Run the loop: threads, a mailbox for each sink, the end of a run, and its report."""
