"""Ways to stay alive: growing waits, servers asked within a limit, processes that can be killed."""
