"""What is trained: Bonsai, and the pieces of its training."""
