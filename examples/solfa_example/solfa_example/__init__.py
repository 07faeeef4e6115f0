"""A model, an encoding and a format of one's own: what solfa needs of each, and no more."""
