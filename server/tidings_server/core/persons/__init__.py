"""One person's data: all of it as one file, or none of it any more."""
