"""The bytes of files, in a folder or in S3. Knows no table and nothing of HTTP."""
