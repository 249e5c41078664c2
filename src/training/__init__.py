"""Prepares data, trains models and predicts with them.

What computes runs in child processes; nothing else imports DuckDB, NumPy, scikit-learn and skops.
"""
