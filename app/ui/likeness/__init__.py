"""What a generated exam is like: the closest to a real one, and the nearest training images."""
