"""Survive faults: back off between tries, probe servers within a timeout, run calls in killable processes."""
