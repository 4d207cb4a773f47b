"""The trainer of the progressive GAN: `python -m train SET --preset small --out RUN`."""
