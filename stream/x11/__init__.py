"""Ask an X server about its monitors, windows and screen saver. Import Xlib nowhere else."""
