"""What the commands in ``setup/`` are made of: one subject per file."""
