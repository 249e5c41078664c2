"""Proofs with a real engine of containers, in namespaces of their own."""
