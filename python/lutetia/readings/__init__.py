"""What can be read from a finished run: cycles, curves, images, retention."""
