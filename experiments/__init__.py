"""What maintainers measure for the pages of docs/: see README.md beside this file."""
